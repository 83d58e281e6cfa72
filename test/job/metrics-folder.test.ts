import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { makeMetricsFolder } from '../../src/job/metrics-folder.ts'
import { tempDir } from '../support/temp.ts'

const parent = tempDir('metrics-folder')

function folder() {
  const made = makeMetricsFolder(parent)
  const { file } = made
  if (file === undefined) throw new Error('no folder')
  return { ...made, file }
}

test('what is appended is read once, and the folder is removed', async () => {
  const { file, take, remove } = folder()
  expect(statSync(dirname(file)).mode & 0o777).toBe(0o700)
  appendFileSync(file, 'rows=1\n')
  appendFileSync(file, 'rows=2\n')
  expect(take()).toEqual({ kind: 'text', text: 'rows=1\nrows=2\n' })
  expect(take()).toEqual({ kind: 'none' })
  await remove()
  await remove()
  expect(readdirSync(parent)).toEqual([])
})

test('without a file, the folder is removed; it may be gone already', async () => {
  const { take, remove } = folder()
  expect(take()).toEqual({ kind: 'none' })
  await remove()
  const gone = folder()
  rmSync(dirname(gone.file), { recursive: true })
  expect(gone.take()).toEqual({ kind: 'none' })
  await gone.remove()
  folder().removeNow()
  expect(readdirSync(parent)).toEqual([])
})

test.each([
  ['a FIFO', (file: string) => execFileSync('mkfifo', [file]), 'is not a regular file'],
  ['a folder', (file: string) => mkdirSync(`${file}/a`, { recursive: true }), 'is not a regular file'],
  ['a link', (file: string) => symlinkSync('/etc/passwd', file), 'is a symbolic link'],
  [
    'a huge file',
    (file: string) => {
      writeFileSync(file, '')
      truncateSync(file, 2 ** 40)
    },
    'is larger than 1048576 bytes',
  ],
])('%s in its place is not read', async (_name, make, problem) => {
  const { file, take, remove } = folder()
  make(file)
  expect(take()).toEqual({ kind: 'unusable', problem })
  await remove()
  expect(readdirSync(parent)).toEqual([])
})

test('without room for it there is no file', () => {
  const { file, take } = makeMetricsFolder('/proc/none')
  expect(file).toBeUndefined()
  expect(take()).toEqual({ kind: 'none' })
})
