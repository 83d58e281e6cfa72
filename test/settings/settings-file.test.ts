import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readSettingsFile } from '../../src/settings/settings-file.ts'
import { findRegularFile, readRegularFile } from '../../src/system/regular-file.ts'
import { tempDir } from '../support/temp.ts'

const ME = process.geteuid?.() ?? 0

function file(content: string | Uint8Array, mode = 0o600): string {
  const path = join(tempDir(), 'cronitor.json')
  writeFileSync(path, content)
  chmodSync(path, mode)
  return path
}

describe('readSettingsFile', () => {
  test('gives the values of a JSON object', () => {
    expect(readSettingsFile(file('{"CRONITOR_ENV":"production","x":[1]}'), ME)).toEqual({
      kind: 'read',
      values: { CRONITOR_ENV: 'production', x: [1] },
    })
  })

  test('reads a file with a byte order mark', () => {
    expect(readSettingsFile(file('\uFEFF{}\r\n'), ME)).toEqual({ kind: 'read', values: {} })
  })

  test.each(['', '{', '{"CRONITOR_API_KEY": sesame}', 'sesame', '{"a":1,}', '// sesame\n{}'])(
    'refuses %j without repeating it',
    content => {
      const path = file(content)
      expect(readSettingsFile(path, ME)).toMatchObject({
        kind: 'refused',
        problem: `${path} is not valid JSON`,
      })
    },
  )

  test.each(['[]', 'null', '"text"', '1', 'true'])('refuses JSON that is not an object: %s', content => {
    const path = file(content)
    expect(readSettingsFile(path, ME)).toEqual({ kind: 'refused', problem: `${path} is not a JSON object` })
  })

  test('refuses JSON that is nested too deeply, and bytes that are not text', () => {
    for (const content of ['['.repeat(1_000_000), new Uint8Array([0xff, 0xfe, 0, 1])]) {
      expect(readSettingsFile(file(content), ME).kind).toBe('refused')
    }
  })

  test('reads a file of 1 MiB and refuses one that is a byte longer', () => {
    const padded = (length: number) => `{${' '.repeat(length - 2)}}`
    expect(readSettingsFile(file(padded(1024 * 1024)), ME).kind).toBe('read')
    const path = file(padded(1024 * 1024 + 1))
    expect(readSettingsFile(path, ME)).toEqual({
      kind: 'refused',
      problem: `${path} is larger than 1048576 bytes`,
      mayHaveUrl: true,
    })
  })

  test('refuses a file that others can write to', () => {
    const path = file('{}', 0o666)
    expect(readSettingsFile(path, ME)).toEqual({
      kind: 'refused',
      problem: `${path} is writable by everyone`,
    })
  })

  test('refuses a link into a folder that others can write to', () => {
    const base = tempDir()
    mkdirSync(join(base, 'open'))
    chmodSync(join(base, 'open'), 0o777)
    writeFileSync(join(base, 'open', 'f'), '{}')
    chmodSync(join(base, 'open', 'f'), 0o600)
    symlinkSync('open/f', join(base, 'link'))
    expect(readSettingsFile(join(base, 'link'), ME)).toEqual({
      kind: 'refused',
      problem: `${join(base, 'open')} is writable by everyone`,
    })
  })

  test('says whether an unusable file contains the setting of the address', () => {
    for (const path of [
      file('{"CRONITOR_TELEMETRY_URL":"http://x"}', 0o666),
      file('CRONITOR_TELEMETRY_URL=x'),
      file(Buffer.from('\uFEFF{"CRONITOR_TELEMETRY_URL":"http://x"}', 'utf16le')),
      file('{"CRONITOR_TELEMETRY\\u005fURL":"http://x",}'),
      file('{"cronitor_telemetry_url":"http://x",}'),
    ])
      expect(readSettingsFile(path, ME)).toMatchObject({ kind: 'refused', mayHaveUrl: true })
    for (const content of ['{"CRONITOR_ENV":"x",}', '// none\n{}', '["x"]'])
      expect(readSettingsFile(file(content), ME)).not.toHaveProperty('mayHaveUrl')
  })

  test('says that a file truncated by a full disk may have contained that setting', () => {
    for (const content of ['', '{"CRONITOR_API_KEY":"k","CRONI', '{"CRONITOR_API_KEY":"k",\n'])
      expect(readSettingsFile(file(content), ME)).toMatchObject({ kind: 'refused', mayHaveUrl: true })
  })

  test('does not wait for the writer of a FIFO', () => {
    const path = join(tempDir(), 'fifo')
    execFileSync('mkfifo', ['-m', '600', path])
    expect(readSettingsFile(path, ME)).toEqual({
      kind: 'refused',
      problem: `${path} is not a regular file`,
      mayHaveUrl: true,
    })
  })

  test('refuses a folder and a device', () => {
    const folder = tempDir()
    expect(readSettingsFile(folder, ME)).toEqual({
      kind: 'refused',
      problem: `${folder} is not a regular file`,
      mayHaveUrl: true,
    })
    expect(readSettingsFile('/dev/zero', ME).kind).toBe('refused')
  })

  test('a missing file, folder above it or target of a link counts as a missing file', () => {
    const folder = tempDir()
    const path = file('{}')
    symlinkSync('nowhere', join(folder, 'link'))
    for (const missing of [
      join(folder, 'a'),
      join(folder, 'a', 'b'),
      join(path, 'x'),
      join(folder, 'link'),
    ]) {
      expect(readSettingsFile(missing, ME)).toEqual({ kind: 'missing' })
    }
  })

  test.skipIf(ME === 0)(
    'a file below a folder that may not be searched is hidden (root may search all)',
    () => {
      const folder = join(tempDir(), 'locked')
      mkdirSync(folder, { mode: 0 })
      expect(readSettingsFile(join(folder, 'f'), ME).kind).toBe('hidden')
    },
  )

  test.skipIf(ME === 0)(
    'a file that may not be read is distinguished from others (root may read all)',
    () => {
      const path = file('{}', 0)
      expect(readSettingsFile(path, ME)).toEqual({
        kind: 'unreadable',
        problem: `${path} cannot be read: permission denied`,
      })
    },
  )

  test('does not throw on a path that no system call accepts', () => {
    expect(readSettingsFile('/a\0b', ME).kind).toBe('refused')
    expect(readSettingsFile(`/${'a'.repeat(5000)}`, ME).kind).toBe('refused')
    expect(readSettingsFile('', ME).kind).toBe('missing')
  })
})

describe('readRegularFile', () => {
  test('returns the text, with U+FFFD for invalid UTF-8', () => {
    expect(readRegularFile(file(new Uint8Array([0x61, 0xff, 0xc3, 0xbc])), 4)).toEqual({
      ok: true,
      text: 'a\uFFFDü',
    })
  })

  test('refuses a file that is longer than the limit', () => {
    expect(readRegularFile(file('12345'), 4)).toMatchObject({ ok: false, why: 'unusable' })
  })

  test('finds a regular file behind a link', () => {
    const link = join(tempDir(), 'link')
    symlinkSync(file(''), link)
    expect(findRegularFile(link)).toEqual({ ok: true })
  })
})
