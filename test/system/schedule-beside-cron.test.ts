import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseSchedule } from '../../src/system/schedule.ts'
import { naiveEntry, naiveRuns } from '../support/naive-cron.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

function dueTimes(expression: string, zone: string, from: number, until: number): number[] {
  const parsed = parseSchedule(expression, zone)
  if (!parsed.ok) throw new Error(parsed.problem)
  const times: number[] = []
  let time = parsed.schedule.nextAfter(from)
  while (time !== undefined && time <= until) {
    times.push(time)
    time = parsed.schedule.nextAfter(time)
  }
  return times
}

function runsOfCron(expression: string, zone: string, from: number, until: number): number[] {
  const entry = naiveEntry(expression)
  if (entry === undefined) throw new Error(`cron refuses ${expression}`)
  return naiveRuns(entry, zone, from, until)
}

function readable(times: readonly number[]): string[] {
  return times.map(time => new Date(time).toISOString())
}

describe('two years beside the naive cron', () => {
  const FROM = Date.UTC(2026, 0, 1)
  const UNTIL = Date.UTC(2028, 0, 1)
  const EXPRESSIONS = [
    '30 2 * * *',
    '0,30 2-3 * * *',
    '*/20 2 * 3-4,9-11 *',
    '17 * * * 1',
    '0-59/7 1,2 * * sun',
    '0 0 */2 * 1',
    '5 0,23 13 * fri',
    '5 4 1,* * 2',
    '@daily',
    '@weekly',
    '@monthly',
    '@yearly',
  ]
  test.each([
    'Europe/Berlin',
    'America/New_York',
    // Half an hour.
    'Australia/Lord_Howe',
    // Back for the month of Ramadan.
    'Africa/Casablanca',
    // Two hours.
    'Antarctica/Troll',
  ])('%s', zone => {
    for (const expression of EXPRESSIONS) {
      const times = dueTimes(expression, zone, FROM, UNTIL)
      expect(times.length, expression).toBeGreaterThan(1)
      expect(readable(times), expression).toEqual(readable(runsOfCron(expression, zone, FROM, UNTIL)))
    }
  })
})

/** Changes of the clock, and by how much. */
const CHANGES = [
  ['Europe/Berlin', '2026-03-29T01:00Z', '+1h'],
  ['Europe/Berlin', '2026-10-25T01:00Z', '-1h'],
  ['America/New_York', '2026-03-08T07:00Z', '+1h'],
  ['America/New_York', '2026-11-01T06:00Z', '-1h'],
  ['Australia/Lord_Howe', '2026-10-03T15:30Z', '+30min'],
  ['Australia/Lord_Howe', '2026-04-04T15:00Z', '-30min'],
  ['Antarctica/Troll', '2026-03-29T01:00Z', '+2h'],
  ['Antarctica/Troll', '2026-10-25T01:00Z', '-2h'],
  // At midnight.
  ['America/Sao_Paulo', '2018-11-04T03:00Z', '+1h'],
  ['America/Sao_Paulo', '2019-02-17T02:00Z', '-1h'],
  // The zone changed its rule.
  ['Asia/Pyongyang', '2015-08-14T15:00Z', '-30min'],
  ['Asia/Pyongyang', '2018-05-04T15:00Z', '+30min'],
  ['Europe/Volgograd', '2020-12-26T22:00Z', '-1h'],
  // Three hours, where cron draws its line, and a whole day.
  ['Antarctica/Casey', '2009-10-17T18:00Z', '+3h'],
  ['Antarctica/Casey', '2010-03-04T15:00Z', '-3h'],
  ['Antarctica/Vostok', '1994-01-31T17:00Z', '-7h, if the runtime knows it'],
  ['Pacific/Apia', '2011-12-30T10:00Z', '+24h'],
] as const

/** A field of a schedule: `*`, lists, ranges and steps, and `names` for single values. */
function fieldIn(low: number, high: number, names: readonly string[] = []): fc.Arbitrary<string> {
  const value = fc.integer({ min: low, max: high })
  const step = fc.integer({ min: 1, max: high + 2 })
  const range = fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`)
  const part = fc.oneof(
    { weight: 3, arbitrary: value.map(String) },
    { weight: 2, arbitrary: range },
    { weight: 1, arbitrary: fc.tuple(range, step).map(parts => parts.join('/')) },
    { weight: 1, arbitrary: fc.constantFrom('*', ...names) },
    { weight: 1, arbitrary: step.map(each => `*/${each}`) },
  )
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant('*') },
    { weight: 5, arbitrary: fc.array(part, { minLength: 1, maxLength: 3 }).map(parts => parts.join()) },
  )
}

const anyMinute = fieldIn(0, 59)
/** Mostly the hours in which clocks are changed. */
const anyHour = fc.oneof(
  fieldIn(0, 23),
  fieldIn(0, 4),
  fc.constantFrom('0', '1', '2', '1-3', '*', '*/2', '23'),
)
const anyExpression = fc
  .tuple(
    anyMinute,
    anyHour,
    fieldIn(1, 31),
    fieldIn(1, 12, ['jan', 'Feb', 'OCT']),
    fieldIn(0, 7, ['Sun', 'mon', 'FRI']),
  )
  .map(fields => fields.join(' '))
/** Many of the above have no time in a window of four days. */
const anyDailyExpression = fc.tuple(anyMinute, anyHour, fc.constant('* * *')).map(fields => fields.join(' '))

test.each(CHANGES)('any schedule around the change of the clock in %s at %s: %s', (zone, at) => {
  const change = Date.parse(at)
  const anyWindow = fc.record({
    expression: fc.oneof(anyExpression, anyDailyExpression, anyDailyExpression),
    // In milliseconds, because nobody asks at a full minute only.
    from: fc.oneof(
      fc.integer({ min: change - 2 * DAY_MS, max: change }),
      fc.integer({ min: change - 200 * MINUTE_MS, max: change + 200 * MINUTE_MS }),
    ),
  })
  fc.assert(
    fc.property(anyWindow, ({ expression, from }) => {
      const until = change + DAY_MS
      const times = dueTimes(expression, zone, from, until)
      expect(readable(times)).toEqual(readable(runsOfCron(expression, zone, from, until)))
    }),
    { numRuns: 40 },
  )
})

test('the naive cron has the same first time of rare days', () => {
  const anyRareExpression = fc.tuple(
    fc.constantFrom('59 23', '0 0'),
    fieldIn(1, 31),
    fieldIn(1, 12),
    fieldIn(0, 7),
  )
  const from = Date.UTC(2027, 1, 27)
  fc.assert(
    fc.property(anyRareExpression, fields => {
      const expression = fields.join(' ')
      const until = from + 60 * DAY_MS
      const [first] = runsOfCron(expression, 'UTC', from, until)
      expect(dueTimes(expression, 'UTC', from, until)[0]).toBe(first)
    }),
    { numRuns: 40 },
  )
})

test('a schedule is read only if cron accepts it', () => {
  const anyText = fc
    .array(
      fc.array(fc.constantFrom('*', '-', ',', '/', '~', '#', '5', '0', '31', 'mon', 'L', '?'), {
        minLength: 1,
        maxLength: 5,
      }),
      {
        minLength: 5,
        maxLength: 5,
      },
    )
    .map(fields => fields.map(field => field.join('')).join(' '))
  fc.assert(
    fc.property(fc.oneof(anyText, anyExpression), expression => {
      if (parseSchedule(expression, 'UTC').ok) expect(naiveEntry(expression)).toBeDefined()
    }),
    { numRuns: 2000 },
  )
})
