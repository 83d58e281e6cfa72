import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { publishedManifest } from '../scripts/build-npm.mjs'
import { paths } from './support/run.ts'
import { tempDir } from './support/temp.ts'

interface Manifest {
  readonly engines?: { readonly node?: string }
}

const read = (path: string): unknown => JSON.parse(readFileSync(join(paths.project, path), 'utf8'))

/** Major and minor number of the oldest Node.js that may run this project. */
const OLDEST = [20, 19] as const

/** Is `OLDEST` in the range, as npm reads it? Knows the forms `>=`, `^` and `>` with a `<` behind, and `||`. */
function allowsOldest(range: string): boolean {
  return range.split('||').some(alternative =>
    alternative
      .trim()
      .replaceAll(/([<>=^~]) +/g, '$1')
      .split(/\s+/)
      .every(comparator => {
        const [, operator = '', major = '', minor = '0'] =
          /^([<>=^~]*)v?(\d+|\*)(?:\.(\d+|x))?(?:\.[\w.-]+)?$/.exec(comparator) ?? []
        if (major === '*') return true
        if (major === '') throw new Error(`a range that this test cannot read: ${range}`)
        const order = OLDEST[0] - Number(major) || OLDEST[1] - Number(minor === 'x' ? 0 : minor)
        const isSameMajor = Number(major) === OLDEST[0]
        if (operator.startsWith('>')) return order >= 0
        if (operator.startsWith('<')) return order < 0
        return operator === '^' || operator === '' ? isSameMajor && order >= 0 : order === 0
      }),
  )
}

test('this project’s own range begins with the oldest Node.js', () => {
  expect(read('package.json')).toMatchObject({ engines: { node: `>=${OLDEST.join('.')}` } })
})

test('no package in the lock file needs a newer Node.js', () => {
  const { packages } = read('package-lock.json') as { packages: Record<string, Manifest> }
  const tooNew = Object.entries(packages).filter(
    ([, { engines }]) => engines?.node !== undefined && !allowsOldest(engines.node),
  )
  expect(tooNew.map(([path, { engines }]) => `${path} needs ${engines?.node}`)).toEqual([])
})

test('npm ci installs what the tests need, also with NODE_ENV=production', () => {
  const omitted = execFileSync('npm', ['config', 'get', 'omit'], {
    cwd: paths.project,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: tempDir('home'), NODE_ENV: 'production' },
  })
  expect(omitted.trim()).toBe('')
})

test('npm test needs no script before or after it, which npm leaves out with ignore-scripts', () => {
  const { scripts } = read('package.json') as { scripts: Record<string, string> }
  expect(Object.keys(scripts).filter(name => /^(pre|post)/.test(name))).toEqual(['prepare'])
  // The tests build dist/ themselves (test/support/build-first.ts).
})

test('what is published has no script, since npm warns of those that an installation would run', () => {
  const manifest = read('package.json') as Record<string, unknown>
  const published = publishedManifest(manifest)
  const left = Object.keys(manifest).filter(name => !(name in published))
  expect(left).toEqual(['scripts', 'devDependencies', 'overrides', 'allowScripts'])
  expect(published).toMatchObject({
    name: 'cronitor-exec',
    exports: { '.': { types: './dist/library.d.ts' } },
  })
})

test('the two launchers find their installation in the same way', () => {
  const finderOf = (name: string) => {
    const text = readFileSync(join(paths.project, 'bin', name), 'utf8')
    return /\ncase \$0 in[\s\S]*?\nfi\n/.exec(text)?.[0]
  }
  expect(finderOf('cronitor')).toContain('readlink')
  expect(finderOf('cronitor')).toBe(finderOf('cronitor-exec'))
})
