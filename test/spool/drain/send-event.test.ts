import { expect, test } from 'vitest'
import type { ApiAnswer } from '../../../src/client/outcome.ts'
import { type SendResult, sendEvent } from '../../../src/spool/drain/send-event.ts'
import { NOW, spooledOf, spoolForTest } from '../support.ts'

interface Sent {
  readonly result: SendResult
  /** How much of the message each request had. */
  readonly shares: readonly string[]
}

async function send(
  answers: readonly ApiAnswer[],
  signal = new AbortController().signal,
  spooled = spooledOf('fail', {}, { message: { output: 'out', earlierBytes: 0 } }),
): Promise<Sent> {
  const shares: string[] = []
  const tools = {
    spool: spoolForTest(),
    stamp: true,
    send: async (_event: unknown, share: string) => {
      shares.push(share)
      return answers[shares.length - 1] ?? { kind: 'error', message: 'no more answers' }
    },
  } as const
  const result = await sendEvent(tools, spooled, { connection: 0, signal, sentAt: 1, onResend: () => 2 })
  return { result, shares }
}

test('an event that the API takes is delivered', async () => {
  const { result, shares } = await send([{ kind: 'status', status: 200 }])
  expect(result).toEqual({ kind: 'delivered' })
  expect(shares).toEqual(['full'])
})

test('the message gets shorter until the request is no longer too long', async () => {
  const tooLong: ApiAnswer = { kind: 'status', status: 414 }
  const { result, shares } = await send([tooLong, tooLong, { kind: 'status', status: 200 }])
  expect(result).toEqual({ kind: 'delivered' })
  expect(shares).toEqual(['full', 'half', 'none'])
})

test('a request that is too long without a message is refused', async () => {
  const tooLong: ApiAnswer = { kind: 'status', status: 414 }
  const { result, shares } = await send([tooLong, tooLong, tooLong])
  expect(result).toMatchObject({ kind: 'refused', status: 414 })
  expect(shares).toEqual(['full', 'half', 'none'])
})

test('a 429 is told apart from a failure, with the time of the request that got it', async () => {
  const limited: ApiAnswer = { kind: 'status', status: 429, retryAfter: '7' }
  expect((await send([limited])).result).toMatchObject({
    kind: 'rate-limited',
    retryAfterMs: 7000,
    sentAt: 1,
  })
  const second = await send([{ kind: 'status', status: 414 }, limited])
  expect(second.result).toMatchObject({ kind: 'rate-limited', sentAt: 2 })
})

test('a failure says whether an answer came', async () => {
  const answered = await send([{ kind: 'status', status: 503, retryAfter: '30' }])
  expect(answered.result).toMatchObject({ kind: 'failed', isUnanswered: false, retryAfterMs: 30_000 })
  const unanswered = await send([{ kind: 'error', message: 'connection refused' }])
  expect(unanswered.result).toMatchObject({
    kind: 'failed',
    isUnanswered: true,
    problem: 'connection refused',
  })
})

test('nothing is known of a request that was ended, but an answer counts', async () => {
  const aborted = AbortSignal.abort()
  expect((await send([{ kind: 'error', message: 'aborted' }], aborted)).result).toEqual({ kind: 'aborted' })
  expect((await send([{ kind: 'status', status: 200 }], aborted)).result).toEqual({ kind: 'delivered' })
})

test('an event of an earlier time says how old it is, by the clock of the boot if it happened in this one', async () => {
  const spool = spoolForTest({ bootClock: () => 60_000 })
  const lates: unknown[] = []
  const spooled = spooledOf('ok', { occurredAt: 5, up: { boot: spool.place.boot, ms: 50_000 } })
  await sendEvent(
    {
      spool,
      stamp: false,
      async send(_event, _share, _signal, late) {
        lates.push(late)
        return { kind: 'status', status: 200 }
      },
    },
    spooled,
    { connection: 0, signal: new AbortController().signal, sentAt: 0, onResend: () => 0 },
  )
  expect(lates).toEqual([{ occurredAt: NOW - 10_000, now: NOW, stamp: false }])
})
