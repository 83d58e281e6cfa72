import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseSchedule, type ScheduleDialect } from '../../src/system/schedule.ts'
import { type NaiveEntry, naiveEntry } from '../support/naive-cron.ts'

function wordsOf(expression: string, dialect?: ScheduleDialect): string {
  const parsed = parseSchedule(expression, 'UTC', dialect)
  if (!parsed.ok) throw new Error(parsed.problem)
  return parsed.schedule.words
}

describe('a schedule in words', () => {
  test.each([
    ['@reboot', 'at start-up of cron'],
    ['@hourly', 'every hour on the hour'],
    ['@daily', 'every day at 00:00'],
    ['@weekly', 'on Sunday at 00:00'],
    ['@monthly', 'on the 1st of every month at 00:00'],
    ['@yearly', 'on the 1st of January at 00:00'],
    ['* * * * *', 'every minute'],
    ['*/5 * * * *', 'every 5 minutes'],
    ['0,15,30,45 * * * *', 'every 15 minutes'],
    ['5-59/20 * * * *', 'every 20 minutes from minute 5 of every hour'],
    ['*/7 * * * *', 'every 7 minutes from minute 0 to 56 of every hour'],
    ['17 * * * *', 'at minute 17 of every hour'],
    ['5,20,40 * * * *', 'at minutes 5, 20 and 40 of every hour'],
    ['0-29 * * * *', 'at minutes 0 to 29 of every hour'],
    ['0 */2 * * *', 'every 2 hours'],
    ['17 1-23/2 * * *', 'every 2 hours from 01:17'],
    ['0 */5 * * *', 'at minute 0 of hours 0, 5, 10, 15 and 20'],
    ['30 9-17 * * *', 'every hour from 09:30 to 17:30'],
    ['*/15 9-17 * * mon-fri', 'every 15 minutes from 09:00 to 17:45 on Monday to Friday'],
    ['* 2 * * *', 'every minute from 02:00 to 02:59'],
    ['0 2 * * *', 'every day at 02:00'],
    ['0,30 2-3 * * *', 'every day at 02:00, 02:30, 03:00 and 03:30'],
    ['30 9 * * 1-5', 'on Monday to Friday at 09:30'],
    ['0 6,12 * 6-8 0,6', 'on Saturday and Sunday in June to August at 06:00 and 12:00'],
    ['0 0 * * 5-7', 'on Friday to Sunday at 00:00'],
    ['0 0 1,15 1,7 *', 'on the 1st and 15th of January and July at 00:00'],
    ['0 0 1-7 * *', 'on the 1st to 7th of every month at 00:00'],
    ['0 0 2,3,11,22 * *', 'on the 2nd, 3rd, 11th and 22nd of every month at 00:00'],
    ['0 0 */2 * *', 'on every 2nd day from the 1st to the 31st of every month at 00:00'],
    ['*/10 * 1 * *', 'every 10 minutes on the 1st of every month'],
    ['0 2 * 1 *', 'every day in January at 02:00'],
    // Either of them, as cron has it.
    ['0 0 13 * fri', 'on the 13th of every month and on Friday at 00:00'],
    ['5 4 1,* * 2', 'every day at 04:05'],
    // Both of them.
    ['0 0 */15 * 1', 'on Monday, but only on the 1st, 16th and 31st of every month at 00:00'],
    ['0 0 30 2 *', 'on the 30th of February at 00:00'],
    ['1,2,3,7 1,5,8 */3 2,4 2', 'minute 1,2,3,7, hour 1,5,8, day */3, month 2,4, weekday 2'],
    // Seconds first.
    ['0 0 2 * * *', 'every day at 02:00'],
    ['30 0 2 * * *', 'every day at 02:00, at second 30'],
    ['0 0 2 L * *', '0 0 2 L * *'],
  ])('%s: %s', (expression, words) => {
    expect(wordsOf(expression)).toBe(words)
  })

  test.each([
    ['~ * * * *', 'every hour on the hour or up to 59 min later'],
    ['0~30 1~4 * * *', 'every day at 01:00 or up to 3 h 30 min later'],
  ])('%s of cronie: %s', (expression, words) => {
    expect(wordsOf(expression, 'cronie')).toBe(words)
  })
})

/** The days of two years and the times of a day: all that distinguishes two schedules but the changes of the clock. */
function meaningOf(entry: NaiveEntry): string {
  const days = Array.from({ length: 731 }, (_, index) => {
    const date = new Date(Date.UTC(2027, 0, 1 + index))
    if (!entry.month[date.getUTCMonth()]) return 0
    const dom = entry.dom[date.getUTCDate() - 1] === true
    const dow = entry.dow[date.getUTCDay()] === true
    return Number(entry.domStar || entry.dowStar ? dom && dow : dom || dow)
  })
  return JSON.stringify([entry.minute, entry.hour, days.join('')])
}

test('two schedules with the same words mean the same', () => {
  const field = (...texts: string[]) => fc.constantFrom('*', ...texts)
  const anyExpression = fc
    .tuple(
      field('0', '5', '*/5', '0-59/5', '*/7', '3-59/5', '0-30/5', '0,30', '0-58', '1-59'),
      field('0', '2', '*/2', '1-23/2', '*/5', '9-17', '0-22', '1-23', '2,14', '0,1,5,7,9'),
      field('1', '1,15', '1-31', '*/2', '2-31/2', '1-30', '1,*', '*/31', '1-7'),
      field('1', '1-12', '*/3', '2-12', '1-11'),
      field('0', '7', '0-6', '1-5', '*/2', '5-7', '1,*', '0,6', 'mon-sat'),
    )
    .map(fields => fields.join(' '))
  const meanings = new Map<string, string>()
  fc.assert(
    fc.property(anyExpression, expression => {
      const entry = naiveEntry(expression)
      if (entry === undefined) throw new Error(`cron refuses ${expression}`)
      const words = wordsOf(expression)
      const meaning = meaningOf(entry)
      expect(meanings.get(words) ?? meaning, `${words}: ${expression}`).toBe(meaning)
      meanings.set(words, meaning)
    }),
    { numRuns: 3000 },
  )
})
