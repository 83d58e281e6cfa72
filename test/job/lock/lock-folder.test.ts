import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { kernelProcesses } from '../../../src/job/lock/kernel-processes.ts'
import { folderOfLocks, openLockFolder } from '../../../src/job/lock/lock-folder.ts'
import { parseRecord, recordText } from '../../../src/job/lock/lock-record.ts'
import { processStart } from '../../../src/job/lock/process-alive.ts'
import { tempDir } from '../../support/temp.ts'

const euid = process.geteuid?.() ?? 0
const table = kernelProcesses()
const self = {
  ...table.place,
  pid: process.pid,
  start: processStart(process.pid, table),
  since: 5,
}

test('a record is the same after it was written and read', () => {
  expect(parseRecord(recordText(self))).toEqual(self)
  const unknown = { machine: 'm', boot: '', namespace: '', pid: 1, start: '', since: 0 }
  expect(parseRecord(recordText(unknown))).toEqual(unknown)
})

test.each(['', 'v2 m b n 1 2 3', 'v1 m b n x 2 3', 'v1 m b n 0 2 3', 'v1 m b n 1 2', '/etc/passwd'])(
  'the text %j is no record',
  text => {
    expect(parseRecord(text)).toBeUndefined()
  },
)

test('entries are added, read and removed', () => {
  const path = tempDir('locks')
  const folder = folderOfLocks(path, table)
  folder.add('a', self)
  expect(() => folder.add('a', self)).toThrow('EEXIST')
  writeFileSync(join(path, 'file'), '')
  symlinkSync('/etc/passwd', join(path, 'link'))
  expect(folder.names().toSorted()).toEqual(['a', 'file', 'link'])
  expect([folder.read('a'), folder.read('file'), folder.read('link'), folder.read('none')]).toEqual([
    self,
    undefined,
    undefined,
    undefined,
  ])
  expect(folder.stateOf('a', self)).toBe('alive')
  expect(folder.stateOf('a', { ...self, start: '1' })).toBe('dead')
  folder.remove('a')
  folder.remove('a')
  expect(folder.names()).not.toContain('a')
})

test('a folder that is missing is made with mode 0700', () => {
  const path = join(tempDir('locks'), 'a/b')
  expect(openLockFolder(path, euid)).toEqual({ ok: true, path })
  expect(lstatSync(path).mode & 0o777).toBe(0o700)
})

test('others may only write to the folder if it is sticky', () => {
  const path = tempDir('locks')
  chmodSync(path, 0o777)
  expect(openLockFolder(path, euid)).toEqual({ ok: false, problem: `${path} is writable by everyone` })
  chmodSync(path, 0o1777)
  expect(openLockFolder(path, euid)).toEqual({ ok: true, path })
})

test.runIf(euid === 0)('a folder of root or the user is used, one of another user is refused', () => {
  const path = tempDir('locks')
  expect(openLockFolder(path, 12_345)).toEqual({ ok: true, path })
  chownSync(path, 12_345, 12_345)
  expect(openLockFolder(path, 12_345)).toEqual({ ok: true, path })
  expect(openLockFolder(path, 0)).toEqual({ ok: false, problem: `${path} belongs to another user (12345)` })
})

test('a file in the place of the folder is refused, and a link to a folder of others too', () => {
  const above = tempDir('locks')
  writeFileSync(join(above, 'file'), '')
  expect(openLockFolder(join(above, 'file'), euid)).toMatchObject({ ok: false })
  mkdirSync(join(above, 'open'))
  chmodSync(join(above, 'open'), 0o777)
  symlinkSync(join(above, 'open'), join(above, 'link'))
  expect(openLockFolder(join(above, 'link'), euid)).toMatchObject({
    ok: false,
    problem: `${join(above, 'open')} is writable by everyone`,
  })
  symlinkSync(join(above, 'nowhere'), join(above, 'dangling'))
  expect(openLockFolder(join(above, 'dangling'), euid).ok).toBe(false)
  expect(existsSync(join(above, 'nowhere'))).toBe(false)
})
