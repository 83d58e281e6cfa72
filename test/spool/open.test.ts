import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openSpool } from '../../src/spool/open.ts'
import { tempDir } from '../support/temp.ts'

const ME = process.geteuid?.() ?? 0

function open(spoolDir: string, isSpoolDirChosen = true) {
  return openSpool({ spool: true, spoolDir, isSpoolDirChosen, spoolMaxAgeMs: 1000, spoolMaxBytes: 1000 }, ME)
}

function folder(path: string, mode: number): string {
  mkdirSync(path)
  chmodSync(path, mode)
  return path
}

describe('a folder that nobody else can change', () => {
  test('is used by its path, and made with mode 0700 if it is missing', async () => {
    const path = join(tempDir(), 'a', 'spool')
    expect(await open(path, false)).toMatchObject({ kind: 'open', spool: { folder: path } })
    expect(statSync(path).mode & 0o777).toBe(0o700)
  })
})

describe.runIf(existsSync('/proc/self/fd'))('a folder inside one that others can write to', () => {
  test.each([0o777, 0o2777, 0o2775])('of mode %o is made, and used through a descriptor', async mode => {
    const shared = folder(join(tempDir(), 'shared'), mode)
    const path = join(shared, 'a', 'spool')
    const choice = await open(path)
    // A group of the test's own user may be private: then the path can be trusted.
    if (choice.kind === 'open' && choice.spool.folder === path) return
    expect(choice).toMatchObject({ kind: 'open', spool: { displayPath: path } })
    if (choice.kind !== 'open') return
    expect(statSync(path).mode & 0o777).toBe(0o700)
    // Somebody puts another folder in its place.
    renameSync(path, join(shared, 'moved'))
    folder(path, 0o700)
    writeFileSync(join(choice.spool.folder, 'file'), '')
    expect([readdirSync(path), readdirSync(join(shared, 'moved'))]).toEqual([[], ['file']])
  })

  test('is not used unless a flag or the environment names it', async () => {
    const shared = folder(join(tempDir(), 'shared'), 0o777)
    expect(await open(join(shared, 'spool'), false)).toEqual({
      kind: 'unusable',
      problem: `${shared} is writable by everyone`,
    })
  })

  test('is not used if others may enter it, and the problem says what to do', async () => {
    const shared = folder(join(tempDir(), 'shared'), 0o777)
    const path = folder(join(shared, 'spool'), 0o755)
    expect(await open(path)).toEqual({
      kind: 'unusable',
      problem: `${shared} is writable by everyone, and ${path} does not have mode 700; chmod 700 ${path}`,
    })
  })

  test('is not used if it is a link, whatever it leads to, or a file', async () => {
    const base = tempDir()
    const shared = folder(join(base, 'shared'), 0o777)
    folder(join(base, 'own'), 0o700)
    symlinkSync(join(base, 'own'), join(shared, 'link'))
    writeFileSync(join(shared, 'file'), '')
    for (const name of ['link', 'file'])
      expect(await open(join(shared, name))).toEqual({
        kind: 'unusable',
        problem: `${join(shared, name)} is not a folder`,
      })
    expect(readdirSync(join(base, 'own'))).toEqual([])
  })
})

test('the user’s own folder is not used if others can write to it, and the problem says what to do', async () => {
  const path = folder(join(tempDir(), 'spool'), 0o777)
  expect(await open(path)).toEqual({
    kind: 'unusable',
    problem: `${path} is writable by everyone; chmod 700 ${path}`,
  })
})

test.each(['/dev/null/spool', '/dev/null/a/spool'])(
  'a path that leads through a file gives one problem: %s',
  async path => {
    expect(await open(path)).toMatchObject({
      kind: 'unusable',
      problem: expect.stringContaining('/dev/null '),
    })
  },
)
