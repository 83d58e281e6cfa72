import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { paths } from '../support/run.ts'
import { GUIDES } from './guides.ts'
import { anchorsOf, linksOf } from './markdown-links.ts'

const read = (path: string) => readFileSync(join(paths.project, path), 'utf8')

const files = ['src', 'test', 'scripts', 'bench', 'bin'].flatMap(folder =>
  readdirSync(join(paths.project, folder), { recursive: true, encoding: 'utf8' }).map(
    name => `${folder}/${name}`,
  ),
)

test.each(GUIDES)('each file that %s names or links to exists', path => {
  const text = read(path)
  const wrong = linksOf(text).filter(({ file, anchor }) => {
    const target = file === '' ? path : join(dirname(path), file)
    if (!existsSync(join(paths.project, target))) return true
    return anchor !== undefined && !anchorsOf(read(target)).includes(anchor)
  })
  expect(wrong).toEqual([])
  // Whole paths, and ends of paths: `ping/ping-options.ts`.
  const named = [...text.matchAll(/`([\w./-]+(?:\.(?:ts|mjs|yml)|(?<=^(?:src|test|bin)\/[\w./-]*)\/))`/g)]
  const missing = named
    .map(([, name = '']) => name.replace(/\/$/, ''))
    .filter(name => !existsSync(join(paths.project, name)))
    .filter(name => !files.some(file => file.endsWith(`/${name}`)))
  expect(missing).toEqual([])
})

test('CONTRIBUTING.md has less than two screens', () => {
  expect(read('CONTRIBUTING.md').split('\n').length).toBeLessThan(110)
})

test('README.md has at most 250 lines', () => {
  expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(250)
})

test('a link to a file or a heading that is not there is noticed', () => {
  const links = linksOf(
    '[a](b.md#c-d) `[no](link)` [site](https://example.org) ![picture](p.svg)\n```sh\n[x](y)\n```\n',
  )
  expect(links).toEqual([{ file: 'b.md', anchor: 'c-d' }, { file: 'p.svg' }])
  expect(anchorsOf('# One `two`, three\n## A & B\n## A & B\n```sh\n# no heading\n```\n')).toEqual([
    'one-two-three',
    'a--b',
    'a--b-1',
  ])
})
