import { expect, test } from 'vitest'
import { ruleInWords } from '../../../src/server/monitors/describe-rule.ts'
import type { Rule } from '../../../src/server/monitors/rule.ts'
import { zonedClockTime, zonedTime } from '../../../src/server/monitors/zoned-time.ts'
import { parseSchedule } from '../../../src/system/schedule.ts'

const HOUR = 3_600_000

const parsed = parseSchedule('0 2 * * *')
const scheduleWords = parsed.ok ? parsed.schedule.words : ''

test.each<[Rule, string]>([
  [{ schedule: { kind: 'every', everyMs: 25 * HOUR } }, 'every 25 h'],
  [{ schedule: { kind: 'every', everyMs: 1.5 * HOUR }, graceMs: 0 }, 'every 1 h 30 min'],
  [
    {
      schedule: { kind: 'cron', expression: '0 2 * * *', zone: 'Europe/Berlin' },
      graceMs: HOUR / 4,
      maxMs: 2 * HOUR,
      failures: 2,
      recover: 3,
    },
    `${scheduleWords} (Europe/Berlin), 15 min of grace, runs of at most 2 h, failing after 2 failures in a row, healthy after 3 successes in a row`,
  ],
  [{ maxMs: HOUR, failures: 1 }, 'runs of at most 1 h'],
])('%j is %s', (rule, words) => {
  expect(ruleInWords(rule)).toBe(words)
})

test('times are those of the zone, in winter and in summer', () => {
  expect(zonedTime(Date.UTC(2026, 10, 24, 1, 5), 'Europe/Berlin')).toBe('2026-11-24 02:05')
  expect(zonedTime(Date.UTC(2026, 6, 1, 22), 'Europe/Berlin')).toBe('2026-07-02 00:00')
  expect(zonedClockTime(Date.UTC(2026, 6, 1, 22, 30), 'Asia/Kolkata')).toBe('04:00')
})
