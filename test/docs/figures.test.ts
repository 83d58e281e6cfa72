import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { paths } from '../support/run.ts'
import { type Program, type Results, withFigures } from './figures.ts'

const README = join(paths.project, 'README.md')
const results = JSON.parse(readFileSync(join(paths.project, 'bench/results.json'), 'utf8')) as Results

test('the figures in the README are those that the benchmarks have measured', () => {
  const text = readFileSync(README, 'utf8')
  const wanted = withFigures(text, results)
  if (process.env.UPDATE_DOCS === '1') writeFileSync(README, wanted)
  else expect(text, 'UPDATE_DOCS=1 npx vitest run test/docs writes them anew').toBe(wanted)
})

test('a figure that has changed is noticed, and one that is missing', () => {
  const place = '<!-- figures: begin -->\n<!-- figures: end -->\n'
  const written = withFigures(place, results)
  const near = results['https, 26']
  const slower = {
    ...results,
    'https, 26': { ...near, executable: { ...figuresOf(near.executable), start: { median: 12.3 } } },
  }
  expect(withFigures(written, slower)).not.toBe(written)
  expect(withFigures(place, slower)).toContain('| until the job starts | 12 |')
  expect(() => withFigures(place, { ...results, 'https, 26': {} })).toThrow('no figure start')
  expect(() => withFigures('nothing', results)).toThrow('no place')
})

function figuresOf(program: string | Program | undefined): Program {
  if (typeof program !== 'object') throw new Error('there are no figures')
  return program
}
