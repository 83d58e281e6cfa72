import { expect, test } from 'vitest'
import { type CheckResult, fine, problem, warning } from '../../../src/commands/doctor/check-result.ts'
import { NO_PAINT, resultLines } from '../../../src/commands/doctor/print-results.ts'

const lines = (results: readonly CheckResult[], secrets: readonly string[] = []) =>
  resultLines(results, secrets, NO_PAINT)

test('a line has the outcome, the check, what was found and what to do', () => {
  expect(
    lines([problem('api-key', 'there is no API key', 'run cronitor configure'), fine('url', 'https://a')]),
  ).toEqual([
    'problem  api-key          there is no API key; run cronitor configure',
    'ok       url              https://a',
    'Events of this user do not arrive now: 1 problem.',
  ])
})

test.each([
  [[fine('url', 'a')], 'Events of this user should arrive; --send MONITOR-KEY tries it.'],
  [[fine('send', 'a')], 'Events of this user arrive.'],
  [[fine('send', 'a'), warning('clock', 'a', 'b')], 'Events of this user arrive; 1 warning.'],
  [[warning('send', 'a', 'b')], 'Events of this user should arrive; --send MONITOR-KEY tries it; 1 warning.'],
  [
    [problem('url', 'a', ''), problem('dns', 'a', ''), warning('clock', 'a', ''), warning('spool', 'a', '')],
    'Events of this user do not arrive now: 2 problems, 2 warnings.',
  ],
])('the last line sums up %#', (results, expected) => {
  expect(lines(results).at(-1)).toBe(expected)
})

test('keys and control characters of what was found are not shown', () => {
  expect(lines([fine('dns', 'a-secret-key is \x1b[31m')], ['a-secret-key'])[0]).toBe(
    'ok       dns              [redacted] is \ufffd[31m',
  )
})
