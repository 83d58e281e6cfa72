import { describe, expect, test } from 'vitest'
import { parseSchedule, type Schedule, type ScheduleDialect } from '../../src/system/schedule.ts'

function scheduleOf(expression: string, zone = 'UTC', dialect?: ScheduleDialect): Schedule {
  const parsed = parseSchedule(expression, zone, dialect)
  if (!parsed.ok) throw new Error(parsed.problem)
  return parsed.schedule
}

/** The next due times in UTC, to the minute. */
function timesAfter(expression: string, zone: string, after: string, count: number): string[] {
  const { nextAfter } = scheduleOf(expression, zone)
  const times: string[] = []
  let time = nextAfter(Date.parse(after))
  while (time !== undefined && times.length < count) {
    times.push(new Date(time).toISOString().replace(':00.000Z', ''))
    time = nextAfter(time)
  }
  return times
}

describe('the times of a schedule', () => {
  test.each([
    ['0 2 * * *', ['2026-10-02T02:00', '2026-10-03T02:00']],
    ['@daily', ['2026-10-02T00:00', '2026-10-03T00:00']],
    ['@midnight', ['2026-10-02T00:00', '2026-10-03T00:00']],
    ['@hourly', ['2026-10-01T13:00', '2026-10-01T14:00']],
    ['@weekly', ['2026-10-04T00:00', '2026-10-11T00:00']],
    ['@monthly', ['2026-11-01T00:00', '2026-12-01T00:00']],
    ['@yearly', ['2027-01-01T00:00', '2028-01-01T00:00']],
    ['@annually', ['2027-01-01T00:00', '2028-01-01T00:00']],
    ['5-59/20 13 * * *', ['2026-10-01T13:05', '2026-10-01T13:25']],
    ['*/90 * * * *', ['2026-10-01T13:00', '2026-10-01T14:00']],
    ['0 0 1 JAN,feb *', ['2027-01-01T00:00', '2027-02-01T00:00']],
    ['0 0 * * SUN', ['2026-10-04T00:00', '2026-10-11T00:00']],
    ['0 0 * * 7', ['2026-10-04T00:00', '2026-10-11T00:00']],
    ['0 0 * * 5-7', ['2026-10-02T00:00', '2026-10-03T00:00']],
    ['007 0 * * mon-5', ['2026-10-02T00:07', '2026-10-05T00:07']],
    ['0\t0  *  * 1', ['2026-10-05T00:00', '2026-10-12T00:00']],
  ])('%s', (expression, times) => {
    expect(timesAfter(expression, 'UTC', '2026-10-01T12:00:30Z', 2)).toEqual(times)
  })

  test('one of day of month and day of week is enough without a star', () => {
    expect(timesAfter('0 0 5 * fri', 'UTC', '2026-10-01T12:00Z', 3)).toEqual([
      '2026-10-02T00:00',
      '2026-10-05T00:00',
      '2026-10-09T00:00',
    ])
  })

  test('both must match if one begins with a star, also with a step', () => {
    const everySecondDayOnMonday = ['2026-10-05T00:00', '2026-10-19T00:00', '2026-11-09T00:00']
    expect(timesAfter('0 0 */2 * 1', 'UTC', '2026-10-01T12:00Z', 3)).toEqual(everySecondDayOnMonday)
    expect(timesAfter('0 0 5 * */2', 'UTC', '2026-10-01T12:00Z', 2)).toEqual([
      '2026-11-05T00:00',
      '2026-12-05T00:00',
    ])
  })

  test('a star that does not begin the field counts as a list of all days', () => {
    expect(timesAfter('0 0 5,* * 1', 'UTC', '2026-10-01T12:00Z', 2)).toEqual([
      '2026-10-02T00:00',
      '2026-10-03T00:00',
    ])
  })

  test.each(['@reboot', '0 0 30 2 *', '0 0 31 2,4,6,9,11 */2'])('%s has no time', expression => {
    expect(scheduleOf(expression).nextAfter(0)).toBeUndefined()
  })

  test('the 29th of February on a Sunday is found years ahead', () => {
    expect(timesAfter('0 0 29 2 */8', 'UTC', '2026-10-01T12:00Z', 1)).toEqual(['2032-02-29T00:00'])
    expect(timesAfter('0 0 29 2 */8', 'Europe/Berlin', '2088-10-01T12:00Z', 1)).toEqual(['2128-02-28T23:00'])
  })

  test('six fields have seconds first and croner’s own forms', () => {
    const { nextAfter } = scheduleOf('30 0 2 * * 1#2', 'Europe/Berlin')
    expect(nextAfter(Date.parse('2026-10-01T00:00Z'))).toBe(Date.parse('2026-10-12T00:00:30Z'))
  })
})

describe('what parseSchedule rejects', () => {
  test.each([
    ['5~9 * * * *', 'random times'],
    ['1#2 * * * *', 'reads only "1"'],
    ['*-5 * * * *', 'reads only "*"'],
    ['5,7!,9 * * * *', 'reads only "5,7"'],
    ['1-5/2/3 * * * *', 'reads only "1-5/2"'],
    ['0 0 * * 1#2', 'reads only "1"'],
    ['1/20 * * * *', 'write 1-59/20'],
    ['22-2 * * * *', 'goes backwards'],
    ['0 0 * * sat-sun', 'write sat-7'],
    ['*/0 * * * *', 'the step "0"'],
    ['60 * * * *', 'not between 0 and 59'],
    ['0 0 0 * *', 'not between 1 and 31'],
    ['0 0 L * *', 'no number'],
    ['0 0 15W * *', 'no number'],
    ['0 0 ? * *', 'no number'],
    ['0 0 * january *', 'no number and no name such as feb'],
    ['5, * * * *', 'no number'],
    ['@Daily', 'write @daily'],
    ['@every_minute', 'it knows @yearly'],
    ['* * * *', 'five fields'],
    ['* * * * * * *', 'five fields'],
    ['', 'five fields'],
    ['0 0 * *\u00a0*', 'five fields'],
    ['61 0 0 1 1 1', 'second'],
  ])('%s: %s', (expression, problem) => {
    expect(parseSchedule(expression)).toEqual({ ok: false, problem: expect.stringContaining(problem) })
  })

  test.each(['Nowhere', '+01:00', '', 'Europe/Berlin '])('the time zone "%s"', zone => {
    expect(parseSchedule('@daily', zone)).toEqual({
      ok: false,
      problem: `unknown time zone "${zone}": expected a name such as Europe/Berlin`,
    })
  })
})
