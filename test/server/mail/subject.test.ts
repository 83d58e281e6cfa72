import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseSubject } from '../../../src/server/mail/subject.ts'
import { STATES } from '../../../src/telemetry/event.ts'

test.each([
  ['fail', 'fail', ''],
  ['Complete', 'complete', ''],
  ['OK', 'ok', ''],
  ['run nightly', 'run', 'nightly'],
  ['FAIL: disk full', 'fail', 'disk full'],
  ['  ok - all is well ', 'ok', 'all is well'],
  ['[OK] backup of db1', 'ok', 'backup of db1'],
  ['[EXTERNAL] [db1] Fail: x', 'fail', 'x'],
  ['** complete **', 'complete', ''],
  ['\u274c fail', 'fail', ''],
  ['[fail', 'fail', ''],
  ['[a [b] fail', 'fail', ''],
  ['ok\n folded', 'ok', 'folded'],
] as const)('%j is %s', (subject, state, rest) => {
  expect(parseSubject(subject, {})).toEqual({ state, rest })
})

test.each([
  '',
  'hello',
  'Backup failed to complete',
  'Re: fail',
  'Fwd: [x] fail',
  'failed',
  'fail-over',
  'run.sh ended',
  'ok/3',
  'runs',
  '[failed] x',
  '[]',
  `${'x '.repeat(500)}fail`,
])('%j has no state', subject => {
  expect(parseSubject(subject, {})).toBeUndefined()
})

describe('fail words and the default state', () => {
  const rules = { failWords: ['error', 'failed', 'not ok', '!!'], defaultState: 'ok' } as const

  test.each([
    ['Backup failed to complete', 'fail'],
    ['backup: ERROR', 'fail'],
    ['disk is not  OK', 'fail'],
    ['wake up!!', 'fail'],
    ['no errors', 'ok'],
    ['Backup of db1', 'ok'],
    ['', 'ok'],
    // A state comes before both.
    ['complete: one error', 'complete'],
  ] as const)('%j is %s', (subject, state) => {
    expect(parseSubject(subject, rules)?.state).toBe(state)
  })

  test('the rest of the subject is kept', () => {
    expect(parseSubject(' Backup  failed ', rules)).toEqual({ state: 'fail', rest: 'Backup failed' })
  })

  test('without a default other subjects have no state', () => {
    expect(parseSubject('all is well', { failWords: ['error'] })).toBeUndefined()
  })
})

test('any subject can be parsed', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(fc.constantFrom('[', ']', ' ', ':', 'ok', 'x')).map(parts => parts.join('')),
      ),
      subject => {
        const read = parseSubject(subject, {})
        if (read === undefined) return
        expect(STATES).toContain(read.state)
        expect(subject.toLowerCase()).toContain(read.state)
      },
    ),
  )
})
