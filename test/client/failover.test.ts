import { beforeEach, expect, test } from 'vitest'
import { createAddressChoice } from '../../src/client/address-choice.ts'
import { sendToAny, shareOf } from '../../src/client/failover.ts'
import type { ApiAnswer } from '../../src/client/outcome.ts'
import type { Send } from '../../src/client/sender.ts'
import { eventOf, type FakeClock, fakeClock, settleMicrotasks } from '../support/fake-clock.ts'

const SHARE_MS = 1000
const OK: ApiAnswer = { kind: 'status', status: 200 }
const REFUSED: ApiAnswer = { kind: 'error', message: 'connection refused by a:1', code: 'ECONNREFUSED' }
const status = (code: number, retryAfter?: string): ApiAnswer => ({
  kind: 'status',
  status: code,
  ...(retryAfter !== undefined && { retryAfter }),
})

/** As the HTTP client behaves: an abort ends it at once. */
const hang: Send = (_event, _message, signal) =>
  new Promise(resolve => {
    const end = () => resolve({ kind: 'error', message: 'no answer from a:1 in the time given' })
    if (signal.aborted) end()
    signal.addEventListener('abort', end)
  })

let clock: FakeClock
/** The addresses in the order in which they were asked. */
let asked: string[]
let told: string[]

beforeEach(() => {
  clock = fakeClock()
  asked = []
  told = []
})

/** Each has its answers, one a request; the last one stays. */
function sending(answers: Readonly<Record<string, readonly ApiAnswer[] | Send>>): Send {
  const names = Object.keys(answers)
  return sendToAny(
    names.map(name => {
      const its = answers[name] ?? []
      let count = 0
      const send: Send = async (...what) => {
        asked.push(name)
        if (typeof its === 'function') return its(...what)
        return its[Math.min(count++, its.length - 1)] ?? OK
      }
      return { host: `${name}:1`, send }
    }),
    {
      choice: createAddressChoice(names.length, clock.now),
      shareMs: SHARE_MS,
      sleep: clock.sleep,
      wallClock: clock.now,
      onNext: (event, problem) => told.push(`${event.state}: ${problem}`),
    },
  )
}

const over = new AbortController().signal
const once = (send: Send, signal: AbortSignal = over) => send(eventOf('run'), 'full', signal)

test('the first address takes all events as long as it answers', async () => {
  const send = sending({ a: [OK], b: [OK] })
  expect(await once(send)).toBe(OK)
  expect(await once(send)).toBe(OK)
  expect(asked).toEqual(['a', 'a'])
  expect(clock.sleepers()).toBe(0)
})

test.each([
  ['cannot be reached', REFUSED, 'connection refused by a:1'],
  ['answers 502', status(502), 'a:1: HTTP status 502'],
  ['answers 503', status(503, '30'), 'a:1: HTTP status 503'],
  ['answers 504', status(504), 'a:1: HTTP status 504'],
])('an address that %s is followed by the next one at once', async (_what, answer, problem) => {
  const send = sending({ a: [answer], b: [OK] })
  expect(await once(send)).toBe(OK)
  expect(await once(send)).toBe(OK)
  expect(asked).toEqual(['a', 'b', 'b'])
  expect(told).toEqual([`run: ${problem}`])
  expect(clock.sleepers()).toBe(0)
})

test.each([200, 301, 400, 401, 403, 404, 408, 414, 425, 429, 500, 501])(
  'an answer of %i is the answer of the API: no other address is asked',
  async code => {
    const send = sending({ a: [status(code)], b: [OK] })
    expect(await once(send)).toEqual(status(code))
    expect(asked).toEqual(['a'])
  },
)

test('an address that does not answer has its share of the time, the last one has the rest', async () => {
  const stop = new AbortController()
  const answer = once(sending({ a: hang, b: hang, c: hang }), stop.signal)
  await clock.advance(SHARE_MS - 1)
  expect(asked).toEqual(['a'])
  await clock.advance(1)
  expect(asked).toEqual(['a', 'b'])
  await clock.advance(SHARE_MS)
  expect(asked).toEqual(['a', 'b', 'c'])
  await clock.advance(100 * SHARE_MS)
  stop.abort()
  expect(await answer).toMatchObject({ kind: 'error' })
})

test.each([
  [5000, 2, 5000 / 3],
  [5000, 3, 1250],
  [10_000, 2, 10_000 / 3],
  [600, 2, 500],
  [0, 2, 500],
])('of %i ms, each of %i addresses but the last one gets %d', (withinMs, count, share) => {
  expect(shareOf(withinMs, count)).toBe(share)
})

test('an abort ends the try: no further address is asked', async () => {
  const stop = new AbortController()
  const answer = once(sending({ a: hang, b: [OK] }), stop.signal)
  await settleMicrotasks()
  stop.abort()
  expect(await answer).toMatchObject({ kind: 'error' })
  expect(asked).toEqual(['a'])
  expect(clock.sleepers()).toBe(0)
})

test('the answer of a try without success names all problems', async () => {
  const send = sending({ a: [REFUSED], b: [status(503)] })
  expect(await once(send)).toEqual({
    kind: 'error',
    message: 'connection refused by a:1; b:1: HTTP status 503',
    code: 'ECONNREFUSED',
  })
})

test('the answer of a try without success has the shortest wait', async () => {
  const send = sending({ a: [status(503, '60')], b: [status(503, '20')] })
  expect(await once(send)).toEqual({
    ...status(503, '20'),
    problem: 'a:1: HTTP status 503; b:1: HTTP status 503',
  })
})

test('an address that asks for a wait is not asked before it is over', async () => {
  const send = sending({ a: [status(503, '60'), OK], b: [REFUSED] })
  await once(send)
  asked = []
  await once(send)
  expect(asked).toEqual(['b'])
  await clock.advance(60_000)
  expect(await once(send)).toBe(OK)
})

test('after a minute one event asks the first address again', async () => {
  const send = sending({ a: [REFUSED, REFUSED, OK], b: [OK] })
  await once(send)
  await clock.advance(60_000)
  asked = []
  await once(send)
  await once(send)
  expect(asked).toEqual(['a', 'b', 'b'])
  await clock.advance(60_000)
  asked = []
  await once(send)
  await once(send)
  expect(asked).toEqual(['a', 'a'])
})

test('an address that fails again is followed by the first one', async () => {
  const send = sending({ a: [REFUSED, OK], b: [OK, REFUSED] })
  await once(send)
  asked = []
  expect(await once(send)).toBe(OK)
  expect(asked).toEqual(['b', 'a'])
})
