/** Each form of a request, without and with --strict: what is recorded, and what is said to be left out. */

import { expect, test } from 'vitest'
import { recordedAnswer } from '../../../src/server/http/answer.ts'
import { noRateLimits } from '../../../src/server/ingest/rate-limits.ts'
import { createKeyRedactor } from '../../../src/server/ingest/redact-keys.ts'
import { requestToEvent } from '../../../src/server/ingest/request-to-event.ts'
import type { ReceivedEvent } from '../../../src/server/store/event.ts'

type Event = Omit<ReceivedEvent, 'receivedAt' | 'monitorKey' | 'metrics'> & {
  readonly metrics?: Readonly<Record<string, number>>
}

interface Case {
  readonly sent: string
  readonly method?: string
  readonly hasBody?: boolean
  /** What is recorded, or the status of the refusal. */
  readonly lenient: Event | number
  /** The parameters that are said to be left out. Default: none. */
  readonly ignored?: readonly string[]
  readonly strict: Event | number
}

/** 2026-01-01, in milliseconds. */
const NOW = 1_767_225_600_000

const run: Event = { state: 'run' }
const emoji = '%F0%9F%98%80'
const letters = 'm'.repeat(1979)

const CASES: readonly Case[] = [
  // Forms that the description has.
  { sent: '/p/k/job?state=run', lenient: run, strict: run },
  { sent: '/job?state=run', lenient: run, strict: run },
  {
    sent: '/p/k/job?state=run&series=&env=&host=',
    lenient: { ...run, env: '', host: '' },
    strict: { ...run, env: '', host: '' },
  },

  // What belongs to no monitor or has no state.
  { sent: '/p/k/job', lenient: 400, strict: 400 },
  { sent: '/p/k/job?state=', lenient: 400, strict: 400 },
  { sent: '/p/k/job?state=walk', lenient: 400, strict: 400 },
  { sent: '/p/k/job?state=tick', lenient: 400, strict: 400 },
  { sent: '/p/k/job?state=Run', lenient: 400, strict: 400 },
  { sent: '/p/k/job?state=run&state=walk', lenient: 400, strict: 400 },
  { sent: '/p/k/job?state=r%ffun', lenient: 400, strict: 400 },
  { sent: '/ping/k/job?state=walk', lenient: 400, strict: 400 },
  { sent: '/ping/k/job?state=', lenient: 400, strict: 400 },
  { sent: '/job', lenient: 400, strict: 400 },
  { sent: '/p/k/%ff?state=run', lenient: 400, strict: 400 },
  { sent: '/p/k/a%20b?state=run', lenient: 400, strict: 400 },
  { sent: '/p/k?state=run', lenient: 404, strict: 404 },
  { sent: '/p/k/?state=run', lenient: 404, strict: 404 },
  { sent: '/?state=run', lenient: 404, strict: 404 },
  { sent: '/job/walk', lenient: 404, strict: 404 },
  { sent: '/p/k/job?state=run', method: 'PUT', lenient: 405, strict: 405 },

  // Heartbeats of the vendor's SDKs and of its command-line tool.
  { sent: '/ping/k/job', lenient: { state: 'ok' }, strict: 400 },
  { sent: '/ping/k/job?state=tick', lenient: { state: 'ok' }, strict: 400 },
  {
    sent: '/ping/k/job?metric=error_count:1&metric=count:2',
    lenient: { state: 'ok', metrics: { error_count: 1, count: 2 } },
    strict: 400,
  },

  // The forms of the vendor's command-line tool without an API key.
  { sent: '/job/run?try=1', lenient: run, strict: 404 },
  {
    sent: '/job/complete?try=1&duration=1.5',
    lenient: { state: 'complete', metrics: { duration: 1.5 } },
    strict: 404,
  },
  {
    sent: '/job/fail?msg=m&status_code=3',
    lenient: { state: 'fail', message: 'm', statusCode: 3 },
    strict: 404,
  },
  { sent: '/job/ok', lenient: { state: 'ok' }, strict: 404 },
  { sent: '/job/tick', lenient: { state: 'ok' }, strict: 404 },
  { sent: '/job/run', method: 'POST', lenient: run, strict: 404 },
  { sent: '/job/run?env=e&host=h', lenient: { ...run, env: 'e', host: 'h' }, strict: 404 },
  { sent: '/job/fail?state=ok', lenient: { state: 'fail' }, ignored: ['state'], strict: 404 },
  { sent: '/job/fail?state=walk', lenient: { state: 'fail' }, ignored: ['state'], strict: 404 },
  { sent: '/job?state=tick', lenient: { state: 'ok' }, strict: 400 },
  { sent: '/metrics/run', lenient: 404, strict: 404 },
  { sent: '/p/run', lenient: 404, strict: 404 },
  { sent: '/login/ok', lenient: 404, strict: 404 },

  // Parameters where the description has none.
  { sent: '/job?state=run&env=e&host=h', lenient: { ...run, env: 'e', host: 'h' }, strict: run },
  { sent: '/p/k/job?state=run&host=h', method: 'HEAD', lenient: { ...run, host: 'h' }, strict: run },
  { sent: '/p/k/job?state=run&msg=m', lenient: { ...run, message: 'm' }, strict: run },
  {
    sent: '/p/k/job?state=ok&duration=2',
    lenient: { state: 'ok', metrics: { duration: 2 } },
    strict: { state: 'ok' },
  },
  { sent: '/p/k/job?state=run&other=1&other=2', lenient: run, ignored: ['other', 'other'], strict: run },
  { sent: '/p/k/job?state=run&try=2&schedule=1', lenient: run, strict: run },
  {
    sent: '/p/k/job?state=run&__proto__=1&toString=1',
    lenient: run,
    ignored: ['__proto__', 'toString'],
    strict: run,
  },
  { sent: '/job?state=run', method: 'POST', lenient: run, strict: 405 },
  { sent: '/p/k/job/?state=run', lenient: run, strict: 404 },
  { sent: '/p/k/job?state=run', method: 'POST', hasBody: true, lenient: run, ignored: ['body'], strict: run },

  // More than once: the last one that can be used.
  { sent: '/p/k/job?state=run&state=fail', lenient: { state: 'fail' }, ignored: ['state'], strict: 400 },
  {
    sent: '/p/k/job?state=run&series=1&series=2',
    lenient: { ...run, series: '2' },
    ignored: ['series'],
    strict: 400,
  },
  {
    sent: '/ping/k/job?state=run&msg=1&message=2',
    lenient: { ...run, message: '2' },
    ignored: ['message'],
    strict: 400,
  },
  {
    sent: '/p/k/job?state=run&stamp=1700000000&stamp=x',
    lenient: { ...run, stamp: 1_700_000_000 },
    ignored: ['stamp', 'stamp'],
    strict: 400,
  },

  // Numbers.
  { sent: '/p/k/job?state=run&status_code=x', lenient: run, ignored: ['status_code'], strict: 400 },
  { sent: '/p/k/job?state=run&status_code=', lenient: run, ignored: ['status_code'], strict: 400 },
  { sent: '/p/k/job?state=run&status_code=1.5', lenient: run, ignored: ['status_code'], strict: 400 },
  {
    sent: '/p/k/job?state=run&stamp=1767225650',
    lenient: { ...run, stamp: 1_767_225_650 },
    strict: { ...run, stamp: 1_767_225_650 },
  },
  // Milliseconds, or a clock that is wrong.
  {
    sent: '/p/k/job?state=run&stamp=1767225600000',
    lenient: { ...run, stamp: 1_767_225_600_000 },
    ignored: ['stamp'],
    strict: { ...run, stamp: 1_767_225_600_000 },
  },
  {
    sent: '/p/k/job?state=run&stamp=900000000',
    lenient: { ...run, stamp: 900_000_000 },
    ignored: ['stamp'],
    strict: { ...run, stamp: 900_000_000 },
  },
  { sent: '/p/k/job?state=run&stamp=yesterday', lenient: run, ignored: ['stamp'], strict: 400 },
  { sent: '/p/k/job?state=run&stamp=-1', lenient: run, ignored: ['stamp'], strict: 400 },
  { sent: '/ping/k/job?state=run&duration=1s', lenient: run, ignored: ['duration'], strict: 400 },

  // Metrics.
  {
    sent: '/ping/k/job?state=ok&metric=a:1&metric=b=2',
    lenient: { state: 'ok', metrics: { a: 1, b: 2 } },
    strict: { state: 'ok', metrics: { a: 1, b: 2 } },
  },
  { sent: '/p/k/job?state=ok&metric=a=1', lenient: { state: 'ok', metrics: { a: 1 } }, strict: 400 },
  {
    sent: '/ping/k/job?state=ok&metric=count:processed=100,error_count:failed=2',
    lenient: { state: 'ok', metrics: { processed: 100, failed: 2 } },
    strict: 400,
  },
  {
    sent: '/p/k/job?state=ok&metric=db.rows:3',
    lenient: { state: 'ok', metrics: { 'db.rows': 3 } },
    strict: 400,
  },
  {
    sent: '/p/k/job?state=ok&metric=a:nan&metric=b:2',
    lenient: { state: 'ok', metrics: { b: 2 } },
    ignored: ['metric'],
    strict: 400,
  },
  { sent: '/p/k/job?state=ok&metric=', lenient: { state: 'ok' }, ignored: ['metric'], strict: 400 },

  // Encoding.
  {
    sent: '/p/k/job?state=run&message=caf%E9%0A',
    lenient: { ...run, message: 'caf\ufffd\n' },
    ignored: ['message'],
    strict: 400,
  },
  {
    sent: '/p/k/job?state=run&message=%F0%9F%98',
    lenient: { ...run, message: '\ufffd' },
    ignored: ['message'],
    strict: 400,
  },
  {
    sent: '/p/k/job?state=run&series=%e9',
    lenient: { ...run, series: '\ufffd' },
    ignored: ['series'],
    strict: 400,
  },
  {
    sent: '/p/k/job?state=run&host=%e9&env=%e9',
    lenient: { ...run, host: '\ufffd', env: '\ufffd' },
    ignored: ['host', 'env'],
    strict: 400,
  },
  { sent: '/p/k/job?state=run&message=100%+done', lenient: { ...run, message: '100% done' }, strict: 400 },
  { sent: '/p/k/job?state=run&message=50%', lenient: { ...run, message: '50%' }, strict: 400 },
  // One character for each byte, as Node.js gives the target: `ä` as curl sends it, and as Node.js sends it.
  { sent: '/p/k/job?state=run&message=k\u00c3\u00a4se', lenient: { ...run, message: 'käse' }, strict: 400 },
  {
    sent: '/p/k/job?state=run&env=k\u00e4se',
    lenient: { ...run, env: 'k\ufffdse' },
    ignored: ['env'],
    strict: 400,
  },
  { sent: '/p/k/job?state=run&%e9=1', lenient: run, ignored: ['\ufffd'], strict: 400 },
  { sent: '/p/k/job?state=run&message=#1', lenient: { ...run, message: '#1' }, strict: 400 },

  // Length, in characters.
  {
    sent: `/p/k/job?state=run&message=${emoji.repeat(600)}`,
    lenient: { ...run, message: '😀'.repeat(600) },
    strict: { ...run, message: '😀'.repeat(600) },
  },
  {
    sent: `/p/k/job?state=run&message=${emoji.repeat(2000)}`,
    lenient: { ...run, message: '😀'.repeat(2000) },
    strict: { ...run, message: '😀'.repeat(2000) },
  },
  {
    sent: `/p/k/job?state=run&message=${'x'.repeat(1000)}${letters}`,
    lenient: { ...run, message: `[… 1.0 kB earlier] ${letters}` },
    ignored: ['message'],
    strict: 400,
  },
  {
    sent: `/p/k/job?state=run&env=${'e'.repeat(256)}`,
    lenient: { ...run, env: `${'e'.repeat(254)}…` },
    ignored: ['env'],
    strict: { ...run, env: 'e'.repeat(256) },
  },
]

test.each(CASES)(
  '$method $sent',
  ({ sent, method = 'GET', hasBody = false, lenient, ignored = [], strict }) => {
    for (const [isStrict, expected] of [
      [false, lenient],
      [true, strict],
    ] as const) {
      const decision = requestToEvent(
        { method, target: sent, address: '127.0.0.1', hasBody },
        {
          isStrict,
          redactor: createKeyRedactor(),
          limits: noRateLimits,
          keys: undefined,
          allowAnonymous: true,
          clock: () => 0,
          wallClock: () => NOW,
        },
      )
      if (typeof expected === 'number') {
        expect(decision, `strict: ${isStrict}`).toMatchObject({
          kind: 'refuse',
          answer: { status: expected },
        })
        continue
      }
      const metrics = Object.entries(expected.metrics ?? {}).map(([name, value]) => ({ name, value }))
      expect(decision, `strict: ${isStrict}`).toEqual({
        kind: 'record',
        event: { receivedAt: NOW, monitorKey: 'job', ...expected, metrics },
        ignored: (isStrict ? [] : ignored).map(parameter => ({ parameter, reason: expect.any(String) })),
      })
    }
  },
)

test('forms without an API key need --allow-anonymous on a server with keys', () => {
  for (const target of ['/job?state=run', '/job/run', '/job/tick?try=1']) {
    for (const allowAnonymous of [true, false]) {
      const decision = requestToEvent(
        { method: 'GET', target, address: '127.0.0.1' },
        {
          isStrict: false,
          redactor: createKeyRedactor(),
          limits: noRateLimits,
          keys: { isKnown: () => true, isProvedBy: () => false },
          allowAnonymous,
          clock: () => 0,
          wallClock: () => NOW,
        },
      )
      expect(decision).toMatchObject(
        allowAnonymous ? { kind: 'record' } : { kind: 'refuse', answer: { status: 403 } },
      )
    }
  }
})

test('an API key is redacted before a message is cut, so that no part of it is stored', () => {
  const key = 'secret0123456789'
  for (let length = 1960; length < 2010; length += 1) {
    const target = `/p/${key}/job?state=run&message=${'y'.repeat(500)}${key}${'x'.repeat(length)}`
    const decision = requestToEvent(
      { method: 'GET', target, address: '127.0.0.1' },
      {
        isStrict: false,
        redactor: createKeyRedactor(),
        limits: noRateLimits,
        keys: undefined,
        allowAnonymous: true,
        clock: () => 0,
        wallClock: () => 0,
      },
    )
    expect(JSON.stringify(decision)).not.toMatch(/\dx/)
  }
})

test('an answer lists what was left out, up to 20 parts', () => {
  const part = { parameter: 'metric', reason: 'why' }
  expect(JSON.parse(recordedAnswer([]).body)).toEqual({ ok: true })
  expect(JSON.parse(recordedAnswer([part]).body)).toEqual({ ok: true, ignored: [part] })
  expect(JSON.parse(recordedAnswer(Array(1000).fill(part)).body).ignored).toHaveLength(20)
})
