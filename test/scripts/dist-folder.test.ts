import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { isFresh, writeDist } from '../../scripts/dist-folder.mjs'
import { tempDir } from '../support/temp.ts'

let root: string
let source: string
let output: string

const LONG_AGO = new Date('2020-01-01')

const build = (options = {}) =>
  writeDist(root, {
    files: [{ name: 'program.js', contents: 'built' }],
    inputs: ['source.ts', 'later:node:dns'],
    startedAt: Date.now(),
    keepsLast: false,
    ...options,
  })

function writeSource(contents: string): void {
  writeFileSync(source, contents)
  utimesSync(source, LONG_AGO, LONG_AGO)
}

beforeEach(() => {
  root = tempDir('dist')
  source = join(root, 'source.ts')
  output = join(root, 'dist/program.js')
  writeSource('source')
})

describe('dist/ is fresh', () => {
  test('after a build, and after a source was only touched', async () => {
    expect(await isFresh(root)).toBe(false)
    await build()
    expect(readFileSync(output, 'utf8')).toBe('built')
    expect(await isFresh(root)).toBe(true)
    utimesSync(source, new Date(), new Date())
    expect(await isFresh(root)).toBe(true)
  })

  test.each<[string, () => void]>([
    ['a source has changed, whatever its time says', () => writeSource('Source')],
    ['a source is gone', () => rmSync(source)],
    ['a built file has changed', () => writeFileSync(output, 'other')],
    ['a built file is gone', () => rmSync(output)],
    ['the stamp is cut off', () => writeFileSync(join(root, 'dist/built-from.json'), '{"inputs":')],
    ['the stamp is no stamp', () => writeFileSync(join(root, 'dist/built-from.json'), 'null')],
  ])('no longer if %s', async (_what, change) => {
    await build()
    change()
    expect(await isFresh(root)).toBe(false)
  })

  test('not after a build during which a source changed', async () => {
    const startedAt = Date.now() - 1000
    writeFileSync(source, 'edited meanwhile')
    await build({ startedAt })
    expect(await isFresh(root)).toBe(false)
  })
})

describe('of files that the build did not write', () => {
  const last = { files: [{ name: 'chunk-1.js', contents: '' }] }

  test('none stays', async () => {
    await build(last)
    mkdirSync(join(root, 'dist/code'))
    await build()
    expect(readdirSync(join(root, 'dist')).toSorted()).toEqual(['built-from.json', 'program.js'])
  })

  test('those of the last build stay for programs that run meanwhile, and no older ones', async () => {
    await build(last)
    mkdirSync(join(root, 'dist/code'))
    await build({ keepsLast: true })
    expect(existsSync(join(root, 'dist/chunk-1.js'))).toBe(true)
    expect(existsSync(join(root, 'dist/code'))).toBe(true)
    await build({ keepsLast: true })
    expect(existsSync(join(root, 'dist/chunk-1.js'))).toBe(false)
  })

  test('what a build at the same time is about to rename stays, and what a killed one has left goes', async () => {
    await build()
    const running = join(root, `dist/program.js.${process.pid}.new`)
    // Linux and macOS give out no process number as high as this.
    const killed = join(root, 'dist/program.js.99999999.new')
    for (const file of [running, killed]) writeFileSync(file, '')
    await build({ files: [{ name: 'other.js', contents: '' }] })
    expect([running, killed].map(file => existsSync(file))).toEqual([true, false])
  })
})
