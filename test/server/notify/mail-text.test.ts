import { expect, test } from 'vitest'
import { mailText } from '../../../src/server/notify/mail-text.ts'
import { notificationOf } from '../../../src/server/notify/notification.ts'
import { change } from './support.ts'

const run = {
  id: 1,
  monitorKey: 'nightly',
  state: 'failed',
  statusCode: 3,
  host: 'db1',
  message: 'no space',
} as const

test('a failure is reported with its values and the end of its output', () => {
  const { subject, text } = mailText([notificationOf(change(1, { run }))])
  expect(subject).toBe('[cronitor] nightly is failing')
  expect(text).toBe(`Monitor:     nightly
Is:          failing (was healthy)
Since:       2026-11-24T12:00:00.000Z
Run:         failed
Exit status: 3
Host:        db1

The end of its output:

no space
`)
})

test.each([
  ['failing', 'healthy', 'is healthy again'],
  ['late', 'healthy', 'is healthy again'],
  ['unknown', 'healthy', 'is healthy'],
  ['healthy', 'late', 'is late'],
] as const)('from %s to %s: %s', (from, to, words) => {
  expect(mailText([notificationOf(change(1, { from, to }))]).subject).toBe(`[cronitor] nightly ${words}`)
})

test('the subject and the text name the environment', () => {
  const { subject, text } = mailText([notificationOf(change(1, { env: 'production', run }))])
  expect(subject).toBe('[cronitor] nightly is failing in production')
  expect(text).toContain('Monitor:     nightly\nEnv:         production\nIs:          failing')
  const again = change(1, { env: 'staging', from: 'late', to: 'healthy' })
  expect(mailText([notificationOf(again)]).subject).toBe('[cronitor] nightly is healthy again in staging')
})

test('a long environment leaves the subject readable', () => {
  const { subject } = mailText([notificationOf(change(1, { env: 'é'.repeat(5000) }))])
  expect(subject).toBe(`[cronitor] nightly is failing in ${'é'.repeat(50)}`)
})

test('several changes are one line each', () => {
  const { subject, text } = mailText([
    notificationOf(change(1, { run })),
    notificationOf(change(2, { monitorKey: 'hourly', env: 'production', to: 'late' })),
    notificationOf(
      change(4, {
        monitorKey: 'weekly',
        env: 'staging',
        run: { id: 2, monitorKey: 'weekly', state: 'failed', statusCode: 4 },
      }),
    ),
    notificationOf(change(3, { from: 'failing', to: 'healthy' })),
  ])
  expect(subject).toBe('[cronitor] 4 changes of 3 monitors')
  expect(text.split('\n')).toEqual([
    '2026-11-24T12:00:00.000Z  nightly is failing: no space',
    '2026-11-24T12:00:00.000Z  hourly is late in production',
    '2026-11-24T12:00:00.000Z  weekly is failing in staging, exit status 4',
    '2026-11-24T12:00:00.000Z  nightly is healthy again',
    '',
  ])
})

test('no received text starts a line outside the output, or reverses its direction', () => {
  const hostile = 'a\r\nBcc: x@example.org\u2028b\u202ec\x1b[31m'
  const { subject, text } = mailText([
    notificationOf(
      change(1, {
        monitorKey: hostile,
        env: hostile,
        run: { ...run, series: hostile, host: hostile, env: hostile },
      }),
    ),
  ])
  expect(subject).not.toMatch(/[\r\n\u2028\u202e\x1b]/)
  const [facts = ''] = text.split('\n\n')
  expect(facts.split('\n').every(line => /^[A-Z][a-z ]+: /.test(line) && !line.startsWith('Bcc'))).toBe(true)
  expect(facts).not.toMatch(/[\r\u2028\u202e\x1b]/)
})
