import { expect, test } from 'vitest'
import type { HealthChange } from '../../../src/server/monitors/monitors.ts'
import type { Rule } from '../../../src/server/monitors/rule.ts'
import { zonedClockTime } from '../../../src/server/monitors/zoned-time.ts'
import { changeSentenceWithReason } from '../../../src/server/notify/change-sentence.ts'
import { mailText } from '../../../src/server/notify/mail-text.ts'
import { notificationOf } from '../../../src/server/notify/notification.ts'
import { hostZone } from '../../../src/system/schedule/zone-clock.ts'
import { change, NOW } from './support.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

const nightly: Rule = {
  schedule: { kind: 'cron', expression: '0 2 * * *', zone: 'Europe/Berlin' },
  graceMs: 15 * MINUTE,
  maxMs: 2 * HOUR,
  failures: 2,
  recover: 3,
}
const often: Rule = { schedule: { kind: 'every', everyMs: 25 * HOUR }, graceMs: HOUR }
/** 02:00 in Berlin, in winter. */
const DUE = Date.UTC(2026, 10, 24, 1)
const failed = { id: 1, monitorKey: 'nightly', state: 'failed', message: 'no space left' } as const
const ended = { id: 1, monitorKey: 'nightly', state: 'complete', durationSeconds: 7800 } as const

test.each<[Partial<HealthChange>, string]>([
  [
    { to: 'late', rule: nightly, dueAt: DUE, at: DUE + 15 * MINUTE + 1 },
    'is late: was due at 02:00 Europe/Berlin, nothing has started by 02:15',
  ],
  [
    { to: 'late', env: 'prod', rule: { ...nightly, graceMs: 23 * HOUR }, dueAt: DUE, at: DUE + 23 * HOUR },
    'is late in prod: was due at 2026-11-24 02:00 Europe/Berlin, nothing has started by 2026-11-25 01:00',
  ],
  [
    { to: 'late', rule: { schedule: { kind: 'cron', expression: '0 2 * * *' } }, dueAt: DUE, at: DUE },
    `is late: was due at ${zonedClockTime(DUE)} ${hostZone()}, nothing has started by ${zonedClockTime(DUE)}`,
  ],
  [{ to: 'late', rule: nightly }, 'is late'],
  [{ to: 'late', rule: often }, 'is late: no success for more than 26 h'],
  [{ to: 'late' }, 'is late'],
  [{ to: 'overrunning', rule: nightly }, 'is overrunning: has been running for more than 2 h'],
  [
    { from: 'overrunning', to: 'healthy', rule: nightly, run: ended },
    'is healthy again: its run has ended after 2 h 10 min',
  ],
  [{ from: 'overrunning', to: 'failing', run: failed }, 'is failing: no space left'],
  [{ to: 'failing', rule: nightly, run: failed }, 'is failing: 2 failures in a row: no space left'],
  [
    { to: 'failing', rule: nightly, run: { ...failed, message: '', statusCode: 3 } },
    'is failing: 2 failures in a row, exit status 3',
  ],
  [{ to: 'failing', rule: often, run: failed }, 'is failing: no space left'],
  [{ from: 'failing', to: 'healthy', rule: nightly }, 'is healthy again: 3 successes in a row'],
  [{ from: 'late', to: 'healthy', rule: nightly }, 'is healthy again'],
  [
    { from: 'failing', env: 'prod', rule: nightly, run: failed, since: NOW - 24 * HOUR },
    'is still failing in prod after 24 h: no space left',
  ],
  [
    { from: 'late', to: 'late', rule: nightly, since: DUE + 15 * MINUTE },
    'is still late after 10 h: nothing has started since 2026-11-24 02:15 Europe/Berlin',
  ],
  [
    { from: 'overrunning', to: 'overrunning', rule: nightly, since: NOW - 3 * 24 * HOUR },
    'is still overrunning after 3 d: has been running for more than 2 h',
  ],
])('%j: %s', (more, sentence) => {
  expect(changeSentenceWithReason(notificationOf(change(1, more)))).toBe(`nightly ${sentence}`)
})

test('a change says by which rule it was judged, and which time was missed', () => {
  const late = change(1, { to: 'late', rule: nightly, dueAt: DUE, at: DUE + 15 * MINUTE })
  expect(notificationOf(late)).toMatchObject({
    again: false,
    since: '2026-11-24T01:15:00.000Z',
    reason: 'was due at 02:00 Europe/Berlin, nothing has started by 02:15',
    rule: 'cron "0 2 * * *" tz Europe/Berlin grace 15m max 2h failures 2 recover 3',
    due_at: '2026-11-24T01:00:00.000Z',
  })
  expect(mailText([notificationOf(late)])).toEqual({
    subject: '[cronitor] nightly is late',
    text: `Monitor:     nightly
Is:          late (was healthy)
Since:       2026-11-24T01:15:00.000Z
Reason:      was due at 02:00 Europe/Berlin, nothing has started by 02:15
Rule:        cron "0 2 * * *" tz Europe/Berlin grace 15m max 2h failures 2 recover 3
`,
  })
})

test('a repetition is marked in each form', () => {
  const again = notificationOf(change(7, { from: 'failing', run: failed, since: NOW - 48 * HOUR }))
  expect(again).toMatchObject({
    again: true,
    from: 'failing',
    to: 'failing',
    at: '2026-11-24T12:00:00.000Z',
    since: '2026-11-22T12:00:00.000Z',
  })
  const { subject, text } = mailText([again])
  expect(subject).toBe('[cronitor] nightly is still failing after 2 d')
  expect(text).toMatch(/^Monitor: +nightly\nIs: +still failing\nSince: +2026-11-22T12:00:00.000Z\n/)
})
