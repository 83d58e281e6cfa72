import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { messageOf } from '../../../src/server/notify/message.ts'
import { MAX_FACT_BYTES, notificationOf } from '../../../src/server/notify/notification.ts'
import { endOf, startOf } from '../../../src/server/notify/truncate.ts'
import { variablesOf } from '../../../src/server/notify/variables.ts'
import { change } from './support.ts'

const run = {
  id: 7,
  monitorKey: 'nightly',
  state: 'failed',
  series: 's1',
  host: 'db1',
  env: 'prod',
  statusCode: 3,
  durationSeconds: 12.5,
  message: '\x1b[31mno space left\x1b[0m\r\nexit status 3',
} as const

test('the notification of a failure describes its run, with its message as text', () => {
  expect(notificationOf(change(42, { env: 'prod', run }))).toEqual({
    id: 42,
    monitor: 'nightly',
    from: 'healthy',
    to: 'failing',
    at: '2026-11-24T12:00:00.000Z',
    again: false,
    since: '2026-11-24T12:00:00.000Z',
    reason: null,
    rule: null,
    due_at: null,
    state: 'failed',
    series: 's1',
    host: 'db1',
    env: 'prod',
    status_code: 3,
    duration: 12.5,
    message: 'no space left\nexit status 3',
  })
})

test('unknown values are null, and never missing', () => {
  const facts = notificationOf(change(1, { to: 'late' }))
  expect(Object.keys(facts)).toEqual(Object.keys(notificationOf(change(1, { run }))))
  expect(facts).toMatchObject({ state: null, series: null, status_code: null, duration: null, message: null })
})

test('the environment is that of the change, also if no run caused it', () => {
  expect(notificationOf(change(1, { env: 'production', to: 'late' }))).toMatchObject({
    env: 'production',
    host: null,
  })
  expect(notificationOf(change(1, { env: '', run })).env).toBeNull()
  expect(variablesOf(messageOf([change(1, { env: 'production', to: 'late' })])).CRONITOR_CHANGE_ENV).toBe(
    'production',
  )
})

test('a long message is cut to its end, between characters', () => {
  const message = `${'é'.repeat(MAX_FACT_BYTES)}!`
  const told = notificationOf(change(1, { run: { ...run, message } })).message ?? ''
  expect(Buffer.byteLength(told)).toBe(MAX_FACT_BYTES - 1)
  expect(told).toMatch(/^é+!$/)
})

describe('variables', () => {
  test('have a prefix that no setting has', () => {
    const variables = variablesOf(messageOf([change(42, { env: 'prod', run })]))
    expect(variables).toEqual({
      CRONITOR_CHANGE_COUNT: '1',
      CRONITOR_CHANGE_TEXT: 'nightly is failing in prod: no space left · exit status 3',
      CRONITOR_CHANGE_ID: '42',
      CRONITOR_CHANGE_MONITOR: 'nightly',
      CRONITOR_CHANGE_FROM: 'healthy',
      CRONITOR_CHANGE_TO: 'failing',
      CRONITOR_CHANGE_AT: '2026-11-24T12:00:00.000Z',
      CRONITOR_CHANGE_AGAIN: 'false',
      CRONITOR_CHANGE_SINCE: '2026-11-24T12:00:00.000Z',
      CRONITOR_CHANGE_REASON: '',
      CRONITOR_CHANGE_RULE: '',
      CRONITOR_CHANGE_DUE_AT: '',
      CRONITOR_CHANGE_STATE: 'failed',
      CRONITOR_CHANGE_SERIES: 's1',
      CRONITOR_CHANGE_HOST: 'db1',
      CRONITOR_CHANGE_ENV: 'prod',
      CRONITOR_CHANGE_STATUS_CODE: '3',
      CRONITOR_CHANGE_DURATION: '12.5',
      CRONITOR_CHANGE_MESSAGE: 'no space left\nexit status 3',
    })
  })

  test('of several changes have what all of them share, and a line for each', () => {
    const variables = variablesOf(
      messageOf([
        change(1, { monitorKey: 'a', env: 'prod', run }),
        change(2, { monitorKey: 'b', env: 'prod', to: 'late' }),
      ]),
    )
    expect(variables).toMatchObject({
      CRONITOR_CHANGE_COUNT: '2',
      CRONITOR_CHANGE_TEXT:
        '2 changes:\na is failing in prod: no space left · exit status 3\nb is late in prod',
      CRONITOR_CHANGE_MESSAGE: variables.CRONITOR_CHANGE_TEXT,
      CRONITOR_CHANGE_ID: '',
      CRONITOR_CHANGE_MONITOR: '',
      CRONITOR_CHANGE_FROM: 'healthy',
      CRONITOR_CHANGE_TO: '',
      CRONITOR_CHANGE_ENV: 'prod',
      CRONITOR_CHANGE_STATUS_CODE: '',
    })
    expect(Object.keys(variables)).toEqual(Object.keys(variablesOf(messageOf([change(3)]))))
  })

  test('are all set, and empty if unknown', () => {
    const late = variablesOf(messageOf([change(1, { to: 'late' })]))
    expect(late.CRONITOR_CHANGE_STATUS_CODE).toBe('')
    expect(late.CRONITOR_CHANGE_MESSAGE).toBe('')
    expect(Object.keys(late)).toHaveLength(19)
  })

  test('have no NULs and at most 32 KiB, whatever was received', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc
        .string({ unit: 'binary', minLength: 1, maxLength: 20 })
        .map(part => part.repeat(Math.ceil(40_000 / part.length))),
    )
    fc.assert(
      fc.property(text, text, text, text, (series, host, env, message) => {
        const values = Object.values(
          variablesOf(messageOf([change(1, { env, run: { ...run, series, host, env, message } })])),
        )
        expect(values.filter(value => value.includes('\0'))).toEqual([])
        expect(Math.max(...values.map(value => Buffer.byteLength(value)))).toBeLessThanOrEqual(MAX_FACT_BYTES)
      }),
      { numRuns: 20 },
    )
  })
})

test('text is cut between characters, and as late as possible', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 50 }),
      fc.integer({ min: 0, max: 100 }),
      (text, max) => {
        const [start, end] = [startOf(text, max), endOf(text, max)]
        expect(text.startsWith(start)).toBe(true)
        expect(text.endsWith(end)).toBe(true)
        for (const part of [start, end]) {
          expect(Buffer.byteLength(part)).toBeLessThanOrEqual(max)
          expect(Buffer.byteLength(part)).toBeGreaterThan(Math.min(Buffer.byteLength(text), max) - 4)
        }
      },
    ),
  )
})
