import { expect, test } from 'vitest'
import { type PathCalls, whyNotExecutable } from '../../../src/commands/crontab/execute-permission.ts'

type Entries = Readonly<Record<string, readonly [uid: number, gid: number, mode: number]>>

function system(entries: Entries, links: Readonly<Record<string, string>> = {}): PathCalls {
  return {
    realpath: path => links[path] ?? path,
    stat(path) {
      const [uid, gid, mode] = entries[path] ?? [0, 0, 0o755]
      if (path.includes('missing')) throw Object.assign(new Error('no'), { code: 'ENOENT' })
      return { uid, gid, mode, isFile: () => !path.endsWith('folder') }
    },
  }
}

const ALICE = { uid: 1001, groups: [1001, 50] }
const ROOT = { uid: 0, groups: [0] }

test.each<[string, Entries, string | undefined]>([
  ['open to all', {}, undefined],
  ['in a folder of root alone', { '/opt': [0, 0, 0o700] }, '/opt is closed to this user'],
  ['in a folder of a group of the user', { '/opt': [0, 50, 0o750] }, undefined],
  ['in a folder of another group', { '/opt': [0, 51, 0o750] }, '/opt is closed to this user'],
  [
    'closed to the group of the user though open to others',
    { '/opt': [0, 50, 0o705] },
    '/opt is closed to this user',
  ],
  ['executable but unreadable', { '/opt/x': [0, 0, 0o711] }, '/opt/x is not executable for this user'],
  ['not executable', { '/opt/x': [0, 0, 0o644] }, '/opt/x is not executable for this user'],
  ["the user's own", { '/opt/x': [1001, 0, 0o700] }, undefined],
])('a program that is %s', (_, entries, why) => {
  expect(whyNotExecutable('/opt/x', ALICE, system(entries))).toBe(why)
})

test('the folders of a symbolic link count, and those of its target', () => {
  const links = { '/usr/bin/x': '/root/.nvm/x' }
  const closed = system({ '/root': [0, 0, 0o700] }, links)
  expect(whyNotExecutable('/usr/bin/x', ALICE, closed)).toBe('/root is closed to this user')
  expect(whyNotExecutable('/usr/bin/x', ROOT, closed)).toBeUndefined()
})

test('root may execute what anybody may execute', () => {
  expect(whyNotExecutable('/opt/x', ROOT, system({ '/opt/x': [5, 5, 0o001] }))).toBeUndefined()
  expect(whyNotExecutable('/opt/x', ROOT, system({ '/opt/x': [0, 0, 0o644] }))).toContain('not executable')
})

test('a program that is missing or a folder', () => {
  expect(whyNotExecutable('/opt/missing', ALICE, system({}))).toBe('/opt/missing does not exist')
  expect(whyNotExecutable('/opt/folder', ALICE, system({}))).toBe('/opt/folder is not a file')
})
