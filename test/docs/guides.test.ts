import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { paths } from '../support/run.ts'

const GUIDES = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(join(paths.project, 'docs'))
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`),
]

const read = (path: string) => readFileSync(join(paths.project, path), 'utf8')

const files = ['src', 'test', 'scripts', 'bench', 'bin'].flatMap(folder =>
  readdirSync(join(paths.project, folder), { recursive: true, encoding: 'utf8' }).map(
    name => `${folder}/${name}`,
  ),
)

test.each(GUIDES)('each file that %s names or links to exists', path => {
  const text = read(path)
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)\)/g)].map(([, link = '']) => link)
  expect(links.filter(link => !existsSync(join(paths.project, dirname(path), link)))).toEqual([])
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
