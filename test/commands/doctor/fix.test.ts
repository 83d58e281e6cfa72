import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { correctPermissions } from '../../../src/commands/doctor/fix/correct-permissions.ts'
import { createHiddenInput } from '../../../src/commands/doctor/fix/hidden-input.ts'
import { withJsonMember } from '../../../src/commands/doctor/fix/json-member.ts'
import { plausibleKey } from '../../../src/commands/doctor/fix/plausible-key.ts'
import { writeSettings } from '../../../src/commands/doctor/fix/write-settings.ts'
import { tempDir } from '../../support/temp.ts'

const KEY = '0123456789abcdef'
const euid = process.geteuid?.() ?? 0
const modeOf = (path: string) => (statSync(path).mode & 0o7777).toString(8)

describe('a key that is typed', () => {
  const type = (...chunks: readonly string[]) => {
    const feed = createHiddenInput()
    return chunks.map(chunk => feed(chunk)).at(-1)
  }

  test.each([
    ['a line', ['abc', 'def\r'], { kind: 'line', text: 'abcdef' }],
    ['a pasted line', ['\x1b[200~abc\x1b[201~', '\n'], { kind: 'line', text: 'abc' }],
    ['Backspace', ['abx\x7fc\r'], { kind: 'line', text: 'abc' }],
    ['Ctrl-U', ['wrong\x15abc\r'], { kind: 'line', text: 'abc' }],
    ['arrows', ['ab\x1b[D\x1bOCc\r'], { kind: 'line', text: 'abc' }],
    ['other control characters', ['a\x01\x1abc\r'], { kind: 'line', text: 'abc' }],
    ['Ctrl-C', ['abc\x03'], { kind: 'cancelled' }],
    ['Ctrl-D in an empty line', ['\x04'], { kind: 'ended' }],
    ['Ctrl-D behind text', ['ab\x04c\r'], { kind: 'line', text: 'abc' }],
    ['no end', ['abc'], { kind: 'more' }],
  ])('%s', (_, chunks, expected) => {
    expect(type(...chunks)).toEqual(expected)
  })
})

describe('a plausible key', () => {
  test('is trimmed', () => {
    expect(plausibleKey(` ${KEY}\n`)).toEqual({ ok: true, key: KEY })
  })

  test.each([
    '',
    'short',
    `CRONITOR_API_KEY=${KEY}`,
    `"${KEY}"`,
    'https://cronitor.io/app',
    `two ${KEY}`,
    `é${KEY}`,
    'x'.repeat(300),
  ])('is not %j, and the reason does not quote it', text => {
    const result = plausibleKey(text)
    expect(result.ok).toBe(false)
    if (!result.ok && text !== '') expect(result.problem).not.toContain(text)
  })
})

describe('a member of a JSON text', () => {
  test.each([
    ['{}', '{\n  "K": "v"\n}'],
    ['{ }\n', '{\n  "K": "v"\n}\n'],
    ['{\n  "A": 1\n}\n', '{\n  "A": 1,\n  "K": "v"\n}\n'],
    ['{\n\t"A" : [1,\n2]\n}', '{\n\t"A" : [1,\n2],\n\t"K" : "v"\n}'],
    ['{"A": 1}', '{"A": 1, "K": "v"}'],
    ['{"A":1}', '{"A":1,"K":"v"}'],
    ['{ "K": "old", "A": {"K": 1} }', '{ "K": "v", "A": {"K": 1} }'],
    ['{\r\n  "\\u004b": null\r\n}\r\n', '{\r\n  "\\u004b": "v"\r\n}\r\n'],
    ['{"K":1,"A":"}\\",{","K":2}', '{"K":"v","A":"}\\",{","K":"v"}'],
  ])('%j becomes %j', (text, expected) => {
    expect(withJsonMember(text, 'K', 'v')).toBe(expected)
  })

  test('changes nothing but that member, whatever the object and its formatting', () => {
    const name = fc.oneof(fc.constantFrom('K', '__proto__', 'A'), fc.string())
    const object = fc.dictionary(name, fc.jsonValue())
    fc.assert(
      fc.property(object, name, fc.string(), fc.constantFrom(0, 1, 2, '\t'), (json, key, value, indent) => {
        const text = ` ${JSON.stringify(json, null, indent)}\n`
        const changed = withJsonMember(text, key, value)
        const wanted = new Map(Object.entries(JSON.parse(text))).set(key, value)
        expect(new Map(Object.entries(JSON.parse(changed)))).toEqual(wanted)
        expect(withJsonMember(changed, key, value)).toBe(changed)
      }),
      { numRuns: 300 },
    )
  })
})

describe('writing the key', () => {
  test('makes the file with mode 600 in folders with mode 700', () => {
    const folder = tempDir('key')
    const path = join(folder, '.config/cronitor/cronitor.json')
    expect(writeSettings(path, { CRONITOR_API_KEY: KEY }, euid)).toEqual({ kind: 'written', path })
    expect(readFileSync(path, 'utf8')).toBe(`{\n  "CRONITOR_API_KEY": "${KEY}"\n}\n`)
    expect([path, join(path, '..'), join(path, '../..')].map(modeOf)).toEqual(['600', '700', '700'])
    expect(readdirSync(join(path, '..'))).toEqual(['cronitor.json'])
  })

  test('keeps the other entries, and takes the file away from other users', () => {
    const path = join(tempDir('key'), 'c.json')
    writeFileSync(path, '\uFEFF{ "CRONITOR_ENV": "x" , "mcp": {"a": [1]} }', { mode: 0o644 })
    expect(writeSettings(path, { CRONITOR_API_KEY: KEY }, euid).kind).toBe('written')
    expect(readFileSync(path, 'utf8')).toBe(
      `\uFEFF{ "CRONITOR_ENV": "x" , "mcp": {"a": [1]}, "CRONITOR_API_KEY": "${KEY}" }`,
    )
    expect(modeOf(path)).toBe('600')
  })

  test.each(['{"CRONITOR_API_KEY": ', '[]', 'key', '{"a": 1} // comment'])('never changes %j', text => {
    const path = join(tempDir('key'), 'c.json')
    writeFileSync(path, text)
    const result = writeSettings(path, { CRONITOR_API_KEY: KEY }, euid)
    expect(result).toEqual({
      kind: 'failed',
      problem: `${path} is not a JSON object, and stays as it is: correct it, or move it away`,
    })
    expect(readFileSync(path, 'utf8')).toBe(text)
    expect(readdirSync(join(path, '..'))).toEqual(['c.json'])
  })

  test('fills an empty file', () => {
    const path = join(tempDir('key'), 'c.json')
    writeFileSync(path, '\n')
    expect(writeSettings(path, { CRONITOR_API_KEY: KEY }, euid).kind).toBe('written')
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ CRONITOR_API_KEY: KEY })
  })

  test('keeps a symbolic link, and writes what it leads to', () => {
    const folder = tempDir('key')
    const path = join(folder, 'c.json')
    mkdirSync(join(folder, 'dotfiles'))
    writeFileSync(join(folder, 'dotfiles/real.json'), '{}')
    symlinkSync('dotfiles/real.json', path)
    expect(writeSettings(path, { CRONITOR_API_KEY: KEY }, euid).kind).toBe('written')
    expect(readlinkSync(path)).toBe('dotfiles/real.json')
    expect(readFileSync(join(folder, 'dotfiles/real.json'), 'utf8')).toContain(KEY)
  })

  test('does not follow a symbolic link into a folder that others can write to', () => {
    const folder = tempDir('key')
    const shared = join(folder, 'shared')
    mkdirSync(shared)
    chmodSync(shared, 0o777)
    writeFileSync(join(shared, 'real.json'), '{}')
    symlinkSync('shared/real.json', join(folder, 'c.json'))
    symlinkSync('nowhere.json', join(folder, 'dangling.json'))
    symlinkSync('shared/new.json', join(folder, 'new.json'))
    for (const name of ['c.json', 'dangling.json', 'new.json'])
      expect(writeSettings(join(folder, name), { CRONITOR_API_KEY: KEY }, euid).kind).toBe('failed')
    expect(readFileSync(join(shared, 'real.json'), 'utf8')).toBe('{}')
    expect(existsSync(join(shared, 'new.json')) || existsSync(join(folder, 'nowhere.json'))).toBe(false)
  })

  test('says why a folder cannot be written to, without the key', () => {
    const folder = tempDir('key')
    writeFileSync(join(folder, 'file'), '')
    const result = writeSettings(join(folder, 'file/c.json'), { CRONITOR_API_KEY: KEY }, euid)
    expect(result.kind).toBe('failed')
    expect(JSON.stringify(result)).not.toContain(KEY)
  })
})

describe('correcting permissions', () => {
  const setUp = () => {
    const folder = join(tempDir('permissions'), 'cronitor')
    const path = join(folder, 'cronitor.json')
    const spoolDir = join(folder, 'spool')
    mkdirSync(join(spoolDir, 'queue'), { recursive: true })
    writeFileSync(path, '{"CRONITOR_API_KEY": "0123456789abcdef"}')
    const correct = (isKeyShared: boolean, systemFile = '/none') =>
      correctPermissions({
        files: [{ path, file: { kind: 'read', values: {} }, isForOthers: false, isKeyShared }],
        spoolDir,
        systemFile,
        euid,
      })
    return { folder, path, spoolDir, correct }
  }

  test('takes write access away from others, and the key from readers', () => {
    const { folder, path, spoolDir, correct } = setUp()
    chmodSync(path, 0o666)
    chmodSync(spoolDir, 0o777)
    chmodSync(join(spoolDir, 'queue'), 0o500)
    chmodSync(folder, 0o777)
    expect(correct(true)).toEqual([
      `${folder}: mode 777 is now 755`,
      `${path}: mode 666 is now 600`,
      `${spoolDir}: mode 777 is now 700`,
      `${join(spoolDir, 'queue')}: mode 500 is now 700`,
    ])
    expect([folder, path, spoolDir, join(spoolDir, 'queue')].map(modeOf)).toEqual([
      '755',
      '600',
      '700',
      '700',
    ])
    expect(correct(false)).toEqual([])
  })

  test('leaves the readers of the system’s file', () => {
    const { path, spoolDir, correct } = setUp()
    chmodSync(path, 0o664)
    chmodSync(spoolDir, 0o700)
    chmodSync(join(spoolDir, 'queue'), 0o700)
    if (euid === 0) expect(correct(true, path)).toEqual([`${path}: mode 664 is now 644`])
    else correct(true, path)
    expect(statSync(path).mode & 0o004).toBe(0o004)
  })

  test('leaves a folder that has something else than a spool in it', () => {
    const { spoolDir, correct } = setUp()
    writeFileSync(join(spoolDir, 'photo.jpg'), '')
    chmodSync(spoolDir, 0o755)
    correct(false)
    expect(modeOf(spoolDir)).toBe('755')
  })

  test('leaves what a symbolic link leads to', () => {
    const { folder, path } = setUp()
    const other = join(folder, 'other')
    writeFileSync(other, '')
    chmodSync(other, 0o666)
    symlinkSync(other, `${path}.link`)
    correctPermissions({
      files: [{ path: `${path}.link`, file: { kind: 'missing' }, isForOthers: false, isKeyShared: false }],
      spoolDir: undefined,
      systemFile: '/none',
      euid,
    })
    expect(modeOf(other)).toBe('666')
  })
})
