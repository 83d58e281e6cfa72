import { expect, test } from 'vitest'
import { compileRegex, type LinearRegex } from '../../src/system/linear-regex.ts'
import { fastest } from '../support/cpu-time.ts'

function regex(source: string): LinearRegex {
  const compiled = compileRegex(source)
  if (!compiled.ok) throw new Error(compiled.problem)
  return compiled.regex
}

test('finds the first matches with their groups', () => {
  const { found, stoppedAt } = regex('(?P<name>\\w+)=(?<value>\\d+)?').matches('ä a=1 b= c=3', 2)
  expect(found).toEqual([
    { from: 2, to: 5, groups: { name: 'a', value: '1' } },
    { from: 6, to: 8, groups: { name: 'b', value: undefined } },
  ])
  expect(stoppedAt).toBe(9)
  expect(regex('x*').matches('axxb', 10).stoppedAt).toBeUndefined()
  expect(regex('z').matches('axxb', 10)).toEqual({ found: [] })
})

test.each(['(', 'a(?=b)', '\\1', '[z-a]', '*', '((a{100}){100}){100}'])('%s is refused', source => {
  const compiled = compileRegex(source)
  expect(compiled).toEqual({ ok: false, problem: expect.stringMatching(/^[a-z][^\n]+$/) })
})

/** Each takes a backtracking engine exponential or polynomial time. */
const HOSTILE = [
  '(a+)+$',
  '(a|aa)+$',
  '^(a*)*$',
  '^(a|a?)+$',
  '(.*a){20}$',
  '(x+x+)+y',
  '^(([a-z])+.)+[A-Z]([a-z])+$',
  '^(\\w*)*$',
  '((a?){30})a{30}$',
  '^([a-zA-Z]+)*$',
  '(?:a?){200}a{200}$',
  '(a.{0,20}){10}b$',
]

const MB = 1_000_000

test.each(HOSTILE)('%s takes linear time', source => {
  const { test: matches } = regex(source)
  const line = (bytes: number) => `${'a'.repeat(bytes - 1)}!`
  const timeFor = (text: string): number => fastest(() => expect(matches(text)).toBe(false))
  const short = line(MB / 4)
  // A first run, since the engine builds its states then.
  timeFor(short)
  // Eight times as much text takes 8 times as long if linear, 64 times if quadratic; exponential would not end. The least is
  // for a text that a search for a letter decides.
  expect(timeFor(line(2 * MB)) / Math.max(timeFor(short), 1000)).toBeLessThan(32)
})
