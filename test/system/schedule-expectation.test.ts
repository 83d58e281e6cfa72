import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expectationOf } from '../../src/system/schedule/expectation-of.ts'
import { parseSchedule } from '../../src/system/schedule.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

describe('expectationOf', () => {
  test.each([
    ['0 2 * * *', '0 2 * * *', 0],
    ['@daily', '@daily', 0],
    ['5~9 2 * * *', '5 2 * * *', 4 * MINUTE_MS],
    ['~ * * * *', '0 * * * *', 59 * MINUTE_MS],
    ['~9 2 * * *', '0 2 * * *', 9 * MINUTE_MS],
    ['50~ 2 * * *', '50 2 * * *', 9 * MINUTE_MS],
    ['0~5,30~40 * * * *', '0,30 * * * *', 10 * MINUTE_MS],
    // With ranges of hours or days, an hour more for a change of the clock.
    ['5 1~5 * * *', '5 1 * * *', 5 * HOUR_MS],
    ['0~59 1~5 * * *', '0 1 * * *', 5 * HOUR_MS + 59 * MINUTE_MS],
    ['0 0 1~28 * *', '0 0 1 * *', 27 * DAY_MS + HOUR_MS],
    ['0 0 * * mon~fri', '0 0 * * mon', 4 * DAY_MS + HOUR_MS],
    ['0 0 1 1~12 *', '0 0 1 1 *', 11 * 31 * DAY_MS + HOUR_MS],
    ['0 0 1~7 * 1', '0 0 1 * 1', 6 * DAY_MS + HOUR_MS],
  ])('%s of cronie is %s with a grace of %d ms', (expression, earliest, graceMs) => {
    expect(expectationOf(expression, { dialect: 'cronie' })).toEqual({
      kind: 'cron',
      expression: earliest,
      graceMs,
    })
  })

  test('the random delay adds to the grace', () => {
    const options = { dialect: 'cronie', randomDelayMinutes: 45 } as const
    const graceMs = 45 * MINUTE_MS
    expect(expectationOf('0 2 * * *', options)).toEqual({ kind: 'cron', expression: '0 2 * * *', graceMs })
    expect(expectationOf('5~9 2 * * *', options)).toMatchObject({ graceMs: 49 * MINUTE_MS })
  })

  test.each([
    // April has no 31st.
    ['0 0 29~31 * *', (61 + 2) * DAY_MS + HOUR_MS],
    // Which weekday the day has decides.
    ['0 0 1~7 * */2', undefined],
  ])('%s of cronie has a longest distance, because a choice can leave days out', (expression, everyMs) => {
    const expectation = expectationOf(expression, { dialect: 'cronie' })
    expect(expectation).toEqual({ kind: 'every', everyMs: everyMs ?? expect.any(Number) })
  })

  test.each([
    ['@reboot', 'cronie', 'no times'],
    ['0 0 30 2 *', 'debian', 'no such day'],
    ['5~9 * * * *', 'debian', 'no random times'],
    ['0 0 L * *', 'debian', 'no number'],
    ['9~5 * * * *', 'cronie', 'goes backwards'],
    ['0 0 29~29 2 */8', 'cronie', 'too far apart'],
    ['0 0 31 1~2 *', 'cronie', 'too far apart'],
    ['0 0 20~30 1~2 *', 'cronie', 'too far apart'],
  ] as const)('nothing is expected of %s in the dialect of %s: %s', (expression, dialect, problem) => {
    expect(expectationOf(expression, { dialect })).toEqual({
      kind: 'none',
      problem: expect.stringContaining(problem),
    })
  })
})

const FROM = Date.UTC(2027, 0, 1)
const UNTIL = Date.UTC(2029, 0, 1)

function runsOf(expression: string): number[] {
  const parsed = parseSchedule(expression, 'Europe/Berlin')
  if (!parsed.ok) throw new Error(parsed.problem)
  const runs: number[] = []
  let run = parsed.schedule.nextAfter(FROM)
  while (run !== undefined && run < UNTIL) {
    runs.push(run)
    run = parsed.schedule.nextAfter(run)
  }
  return runs
}

interface Choice {
  readonly random: string
  readonly chosen: string
}

function rangeIn(low: number, high: number): fc.Arbitrary<Choice> {
  const value = fc.integer({ min: low, max: high })
  return fc.tuple(value, value, value).map(values => {
    const [from, chosen, to] = values.sort((a, b) => a - b)
    return { random: `${from}~${to}`, chosen: String(chosen) }
  })
}

function fixed(...texts: string[]): fc.Arbitrary<Choice> {
  return fc.constantFrom(...texts).map(text => ({ random: text, chosen: text }))
}

test('a job of cronie meets what is expected of it, whatever cronie chooses', () => {
  const anyJob = fc.tuple(
    fc.oneof(rangeIn(0, 59), fixed('0')),
    fc.oneof(rangeIn(0, 23), fixed('2', '1,13')),
    fc.oneof(rangeIn(1, 31), rangeIn(1, 28), fixed('*', '*/2', '1,15')),
    fc.oneof(rangeIn(1, 12), fixed('*', '*', '2-11')),
    fc.oneof(rangeIn(0, 7), fixed('*', '*', '1')),
  )
  fc.assert(
    fc.property(anyJob, fields => {
      const expectation = expectationOf(fields.map(({ random }) => random).join(' '), { dialect: 'cronie' })
      const runs = runsOf(fields.map(({ chosen }) => chosen).join(' '))
      switch (expectation.kind) {
        case 'cron':
          for (const due of runsOf(expectation.expression)) {
            const limit = due + expectation.graceMs
            if (limit < UNTIL) expect(runs.some(run => run >= due && run <= limit)).toBe(true)
          }
          return
        case 'every':
          for (const [index, run] of runs.slice(1).entries()) {
            expect(run - (runs[index] ?? 0)).toBeLessThanOrEqual(expectation.everyMs)
          }
          return
        case 'none':
          expect(expectation.problem).toContain('too far apart')
      }
    }),
    { numRuns: 80 },
  )
})
