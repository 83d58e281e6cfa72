import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeFolders } from '../../src/system/make-folders.ts'
import { tempDir } from '../support/temp.ts'

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)

test('what is missing is made for its owner alone, and what is there stays as it is', () => {
  const folder = tempDir('folders')
  mkdirSync(join(folder, 'there'), { mode: 0o755 })
  makeFolders(join(folder, 'there', 'a', 'b'))
  expect(mode(join(folder, 'there'))).toBe('755')
  expect([mode(join(folder, 'there', 'a')), mode(join(folder, 'there', 'a', 'b'))]).toEqual(['700', '700'])
  makeFolders(join(folder, 'there', 'a', 'b'))
  makeFolders('/')
})

test('a folder behind a symbolic link is one', () => {
  const folder = tempDir('folders')
  mkdirSync(join(folder, 'real'))
  symlinkSync('real', join(folder, 'link'))
  makeFolders(join(folder, 'link', 'a'))
  expect(existsSync(join(folder, 'real', 'a'))).toBe(true)
})

test('a file in its place, or above it, is an error', () => {
  const file = join(tempDir('folders'), 'file')
  writeFileSync(file, '')
  expect(() => makeFolders(file)).toThrow('EEXIST')
  expect(() => makeFolders(join(file, 'a', 'b'))).toThrow('ENOTDIR')
})

test.runIf(process.platform === 'linux')('under /proc, where nothing can be made, it gives up', () => {
  expect(() => makeFolders('/proc/cronitor/spool')).toThrow('ENOENT')
})
