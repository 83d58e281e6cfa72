import { describe, expect, test } from 'vitest'
import { createDelivery } from '../../src/client/delivery.ts'
import type { DeliveryReport } from '../../src/client/event-result.ts'
import type { ApiAnswer } from '../../src/client/outcome.ts'
import type { Send } from '../../src/client/sender.ts'
import { eventOf, fakeClock, settleMicrotasks } from '../support/fake-clock.ts'
import { seededRandom } from '../support/seeded-random.ts'

const OK: ApiAnswer = { kind: 'status', status: 200 }
const BUSY: ApiAnswer = { kind: 'status', status: 503 }
const TOO_LONG: ApiAnswer = { kind: 'status', status: 414 }
const REFUSED: ApiAnswer = { kind: 'error', message: 'connection refused by 127.0.0.1:1' }

const run = eventOf('run')
const fail = eventOf('fail', { message: { output: 'out', earlierBytes: 0, reason: 'exit status 3' } })

function later(seconds: number): ApiAnswer {
  return { kind: 'status', status: 429, retryAfter: `${seconds}` }
}

/** As the client does: `hang` never gets an answer, and ends with an error once the try is aborted. */
const ABORTED: ApiAnswer = { kind: 'error', message: 'no answer in the time given' }

/** A delivery with a fake clock. `answer` answers each try; `tries` and `reports` are what the delivery did. */
function start(answer: (tryIndex: number) => ApiAnswer | 'hang' | Error, random = 0.5) {
  const clock = fakeClock()
  const began = clock.now()
  const tries: string[] = []
  const signals: AbortSignal[] = []
  const reports: DeliveryReport[] = []
  const send: Send = async (event, message, signal) => {
    const index = tries.length
    tries.push(`${event.state} ${message} at ${clock.now() - began}`)
    signals.push(signal)
    const given = answer(index)
    if (given instanceof Error) throw given
    if (given !== 'hang') return given
    return new Promise(resolve => signal.addEventListener('abort', () => resolve(ABORTED)))
  }
  const delivery = createDelivery({
    send,
    now: clock.now,
    sleep: clock.sleep,
    random: () => random,
    report: what => reports.push(what),
    wallClock: () => 0,
  })
  return { delivery, clock, tries, signals, reports, kinds: () => reports.map(({ kind }) => kind) }
}

/** Gives the answers in turn, then the last one forever. */
function inTurn<Given>(...answers: readonly [Given, ...Given[]]): (index: number) => Given {
  return index => answers[Math.min(index, answers.length - 1)] ?? answers[0]
}

describe('before the job ends', () => {
  test('events are tried at once, in the order in which they were added', async () => {
    const { delivery, tries, reports } = start(() => OK)
    delivery.add(run)
    delivery.add(fail)
    await settleMicrotasks()
    expect(tries).toEqual(['run full at 0', 'fail full at 0'])
    expect(reports).toEqual([
      { kind: 'trying', event: run, tryNumber: 1, message: 'full' },
      { kind: 'delivered', event: run },
      { kind: 'trying', event: fail, tryNumber: 1, message: 'full' },
      { kind: 'delivered', event: fail },
    ])
  })

  test('an event that is added to an empty queue is tried at once', async () => {
    const { delivery, tries, clock } = start(() => OK)
    delivery.add(run)
    await clock.advance(60_000)
    delivery.add(fail)
    await settleMicrotasks()
    expect(tries).toEqual(['run full at 0', 'fail full at 60000'])
  })

  test('run is tried with growing waits until it is delivered, and fail only then', async () => {
    const { delivery, clock, tries, reports } = start(inTurn<ApiAnswer>(BUSY, REFUSED, BUSY, OK))
    delivery.add(run)
    delivery.add(fail)
    await clock.advance(60_000)
    expect(tries).toEqual([
      'run full at 0',
      'run full at 250',
      'run full at 750',
      'run full at 1750',
      'fail full at 1750',
    ])
    expect(reports.filter(({ kind }) => kind === 'will-retry')).toEqual([
      { kind: 'will-retry', event: run, delayMs: 250, problem: 'HTTP status 503' },
      { kind: 'will-retry', event: run, delayMs: 500, problem: 'connection refused by 127.0.0.1:1' },
      { kind: 'will-retry', event: run, delayMs: 1000, problem: 'HTTP status 503' },
    ])
  })

  test('tries are at most 10 seconds apart and never given up', async () => {
    const { delivery, clock, tries } = start(() => REFUSED, 0.999)
    delivery.add(run)
    await clock.advance(3_600_000)
    expect(tries.length).toBeGreaterThan(359)
  })

  test('a rejected event does not delay the next', async () => {
    const { delivery, tries, reports } = start(inTurn<ApiAnswer>({ kind: 'status', status: 404 }, OK))
    delivery.add(run)
    delivery.add(fail)
    await settleMicrotasks()
    expect(tries).toEqual(['run full at 0', 'fail full at 0'])
    expect(reports[1]).toMatchObject({
      kind: 'rejected',
      event: run,
      status: 404,
      problem: 'HTTP status 404',
      likelyCause: 'there is no such monitor, or --url is wrong',
    })
  })

  test('a request that is too long gets shorter, then is rejected', async () => {
    const { delivery, tries, kinds, reports } = start(() => TOO_LONG)
    delivery.add(fail)
    await settleMicrotasks()
    expect(tries).toEqual(['fail full at 0', 'fail half at 0', 'fail reason at 0', 'fail none at 0'])
    expect(kinds().slice(-2)).toEqual(['trying', 'rejected'])
    expect(reports.at(-1)).toMatchObject({ status: 414, likelyCause: expect.stringMatching(/too long/) })
  })

  test('shorter tries that would change nothing are left out', async () => {
    const triesOf = async (message: Parameters<typeof eventOf>[1]) => {
      const { delivery, tries } = start(() => TOO_LONG)
      delivery.add(eventOf('fail', message))
      await settleMicrotasks()
      return tries.map(tried => tried.split(' ')[1])
    }
    expect(await triesOf({})).toEqual(['full'])
    expect(await triesOf({ message: { output: '', earlierBytes: 0 } })).toEqual(['full'])
    expect(await triesOf({ message: { output: '', earlierBytes: 0, reason: 'why' } })).toEqual([
      'full',
      'none',
    ])
    expect(await triesOf({ message: { output: 'x', earlierBytes: 0 } })).toEqual(['full', 'half', 'none'])
  })

  test('a shortened event stays short while it is tried again', async () => {
    const { delivery, clock, tries } = start(inTurn<ApiAnswer>(TOO_LONG, BUSY, OK))
    delivery.add(fail)
    await clock.advance(10_000)
    expect(tries).toEqual(['fail full at 0', 'fail half at 0', 'fail half at 250'])
  })

  test('Retry-After is a floor with jitter on top', async () => {
    const { delivery, clock, tries } = start(inTurn<ApiAnswer>(later(20), OK))
    delivery.add(run)
    await clock.advance(60_000)
    expect(tries).toEqual(['run full at 0', 'run full at 25000'])
  })

  test('a send that throws is tried again, and its text is not shown', async () => {
    const { delivery, clock, reports } = start(inTurn<ApiAnswer | Error>(new TypeError('bad /p/KEY/x'), OK))
    delivery.add(run)
    await clock.advance(1000)
    expect(reports.at(-1)).toEqual({ kind: 'delivered', event: run })
    expect(reports[2]).toBeDefined()
    expect(JSON.stringify(reports)).not.toContain('KEY')
  })

  test('a report that throws stops nothing', async () => {
    const { sleep, now } = fakeClock()
    const report = (): never => {
      throw new Error('disk full')
    }
    const delivery = createDelivery({ send: async () => OK, now, sleep, random: () => 0, report })
    delivery.add(run)
    expect(await delivery.settle(1000)).toEqual([{ kind: 'delivered', event: run }])
  })
})

describe('settle', () => {
  test('resolves at once if nothing is queued, and leaves no timer', async () => {
    const { delivery, clock } = start(() => OK)
    expect(await delivery.settle(5000)).toEqual([])
    expect(clock.sleepers()).toBe(0)
  })

  test('resolves when the last event has its result, in the order of add', async () => {
    const { delivery, clock } = start(inTurn<ApiAnswer>({ kind: 'status', status: 403 }, BUSY, OK))
    delivery.add(run)
    delivery.add(fail)
    const results = delivery.settle(5000)
    await clock.advance(250)
    expect((await results).map(({ kind }) => kind)).toEqual(['rejected', 'delivered'])
    expect(clock.sleepers()).toBe(0)
  })

  test('ends on time, aborts the try under way, and says what is undelivered and why', async () => {
    const { delivery, clock, signals, reports } = start(inTurn<ApiAnswer | 'hang'>(REFUSED, 'hang'))
    delivery.add(run)
    await clock.advance(1000)
    delivery.add(fail)
    let isOver = false
    const results = delivery.settle(5000).finally(() => {
      isOver = true
    })
    await clock.advance(4999)
    expect(isOver).toBe(false)
    expect(signals[1]?.aborted).toBe(false)
    await clock.advance(1)
    expect(await results).toMatchObject([
      { kind: 'undelivered', event: run, lastProblem: 'connection refused by 127.0.0.1:1' },
      { kind: 'undelivered', event: fail, lastProblem: 'not tried' },
    ])
    expect(signals[1]?.aborted).toBe(true)
    expect(reports.slice(-2).map(({ kind }) => kind)).toEqual(['undelivered', 'undelivered'])
    expect(clock.sleepers()).toBe(0)
  })

  test('calls an event undelivered whose only try was aborted', async () => {
    const { delivery, clock } = start(() => 'hang')
    delivery.add(run)
    const results = delivery.settle(0)
    await clock.advance(0)
    expect(await results).toMatchObject([
      { kind: 'undelivered', event: run, lastProblem: 'no answer in the time given' },
    ])
  })

  test('ends when its signal aborts, before or while it waits', async () => {
    const before = start(() => 'hang')
    before.delivery.add(run)
    expect(await before.delivery.settle(5000, AbortSignal.abort())).toMatchObject([{ kind: 'undelivered' }])

    const meanwhile = start(() => BUSY)
    const stop = new AbortController()
    meanwhile.delivery.add(run)
    const results = meanwhile.delivery.settle(5000, stop.signal)
    await meanwhile.clock.advance(100)
    stop.abort()
    expect(await results).toMatchObject([{ kind: 'undelivered', event: run, lastProblem: 'HTTP status 503' }])
    expect(meanwhile.clock.sleepers()).toBe(0)
  })

  test('ends a back-off under way, and starts it again from the shortest wait', async () => {
    const { delivery, clock, tries } = start(inTurn<ApiAnswer>(BUSY, BUSY, BUSY, BUSY, BUSY, BUSY, BUSY, OK))
    delivery.add(run)
    await clock.advance(8000)
    expect(tries.at(-1)).toBe('run full at 7750')
    void delivery.settle(5000)
    await clock.advance(0)
    expect(tries.at(-1)).toBe('run full at 8000')
    await clock.advance(250)
    expect(tries.at(-1)).toBe('run full at 8250')
  })

  test('does not shorten what Retry-After asks for', async () => {
    const { delivery, clock, tries } = start(inTurn<ApiAnswer>(later(4), OK))
    delivery.add(run)
    await clock.advance(1000)
    const results = delivery.settle(5000)
    await clock.advance(3999)
    expect(tries).toHaveLength(1)
    await clock.advance(1001)
    expect(await results).toEqual([{ kind: 'delivered', event: run }])
    expect(tries).toEqual(['run full at 0', 'run full at 5000'])
  })

  test('shortens the jitter on Retry-After if only the jitter would outlast the deadline', async () => {
    const { delivery, clock, tries } = start(inTurn<ApiAnswer>(later(4), OK))
    delivery.add(run)
    await clock.advance(0)
    void delivery.settle(4400)
    await clock.advance(4400)
    expect(tries).toEqual(['run full at 0', 'run full at 4100'])
  })

  test('ends early if Retry-After leaves no time for a try', async () => {
    const waiting = start(() => later(60))
    waiting.delivery.add(run)
    await waiting.clock.advance(100)
    expect(await waiting.delivery.settle(5000)).toMatchObject([
      { kind: 'undelivered', event: run, lastProblem: 'HTTP status 429' },
    ])
    expect(waiting.clock.sleepers()).toBe(0)

    const during = start(() => later(60))
    during.delivery.add(run)
    expect(await during.delivery.settle(5000)).toMatchObject([{ kind: 'undelivered' }])
    expect(during.kinds()).toEqual(['trying', 'undelivered'])
  })

  test('makes one last try shortly before the end', async () => {
    const { delivery, clock, tries } = start(() => BUSY, 0.75)
    delivery.add(run)
    const results = delivery.settle(2000)
    await clock.advance(1999)
    // 375, then 750; the next, 1500, would end at 2625.
    expect(tries).toEqual(['run full at 0', 'run full at 375', 'run full at 1125', 'run full at 1750'])
    expect(await results).toMatchObject([{ kind: 'undelivered', event: run, lastProblem: 'HTTP status 503' }])
  })

  test('the last try begins shortly before the end whatever the answers are, unless Retry-After forbids it', async () => {
    for (let seed = 1; seed <= 100; seed++) {
      const random = seededRandom(seed)
      const withinMs = [1, 300, 5000, 60_000, 3_600_000][seed % 5] ?? 5000
      const clock = fakeClock()
      const tries: { readonly at: number; isHeld: boolean }[] = []
      const send: Send = async (_event, _message, signal) => {
        const tried = { at: clock.now(), isHeld: false }
        tries.push(tried)
        await clock.sleep(random() * 20, signal)
        const asked = Math.floor(random() * 3)
        const answer = [BUSY, REFUSED, later(asked)][Math.floor(random() * 3)] ?? BUSY
        tried.isHeld = answer.kind === 'status' && Number(answer.retryAfter) > 0
        return answer
      }
      const delivery = createDelivery({
        send,
        now: clock.now,
        sleep: clock.sleep,
        random,
        report() {},
        wallClock: () => 0,
      })
      delivery.add(run)
      await clock.advance(random() * 20_000)
      const end = clock.now() + withinMs
      const results = delivery.settle(withinMs)
      await clock.advance(withinMs)
      await results
      const last = tries.at(-1) ?? { at: 0, isHeld: false }
      const early = end - last.at
      const isLate = early <= Math.min(withinMs * 0.2, 600) + 20
      expect({ seed, isWithin: early >= 0, isFine: isLate || last.isHeld }).toEqual({
        seed,
        isWithin: true,
        isFine: true,
      })
    }
  })

  test('called twice gives the same results', async () => {
    const { delivery } = start(() => OK)
    delivery.add(run)
    expect(delivery.settle(1000)).toBe(delivery.settle(1))
  })

  test('takes no more events afterwards: they are reported as undelivered', async () => {
    const { delivery, tries, reports } = start(() => OK)
    await delivery.settle(1000)
    delivery.add(run)
    await settleMicrotasks()
    expect(tries).toEqual([])
    expect(reports).toMatchObject([{ kind: 'undelivered', event: run, lastProblem: 'not tried' }])
  })

  test('still tries events that are added while it waits', async () => {
    const { delivery, clock, tries } = start(inTurn<ApiAnswer>(BUSY, OK))
    delivery.add(run)
    const results = delivery.settle(5000)
    delivery.add(fail)
    await clock.advance(1000)
    expect((await results).map(({ kind }) => kind)).toEqual(['delivered', 'delivered'])
    expect(tries).toHaveLength(3)
  })

  test('waits for a try that does not heed the abort for 100 ms, and ignores a later answer', async () => {
    let answer = (_: ApiAnswer): void => {}
    const { now, sleep, advance, sleepers } = fakeClock()
    const reports: DeliveryReport[] = []
    const send: Send = () =>
      new Promise(resolve => {
        answer = resolve
      })
    const delivery = createDelivery({ send, now, sleep, random: () => 0, report: what => reports.push(what) })
    delivery.add(run)
    const results = delivery.settle(100)
    await advance(199)
    expect(reports.map(({ kind }) => kind)).toEqual(['trying'])
    await advance(1)
    answer(OK)
    await advance(1000)
    expect(await results).toMatchObject([{ kind: 'undelivered' }])
    expect(reports.map(({ kind }) => kind)).toEqual(['trying', 'undelivered'])
    expect(sleepers()).toBe(0)
  })

  test('hands the events back after an unexpected error', async () => {
    const { now, sleep } = fakeClock()
    const sharedLimit = { waitMs: () => Promise.reject(new RangeError('/p/KEY')), noteLimit: async () => {} }
    const send: Send = async () => OK
    const delivery = createDelivery({ send, now, sleep, random: () => 0, report() {}, sharedLimit })
    delivery.add(run)
    await settleMicrotasks()
    expect(await delivery.settle(1000)).toMatchObject([
      { kind: 'undelivered', event: run, lastProblem: 'unexpected: RangeError' },
    ])
  })
})

describe('with other commands of the host', () => {
  function startWith(holds: number[], answer: (tryIndex: number) => ApiAnswer) {
    const clock = fakeClock()
    const began = clock.now()
    const tries: string[] = []
    const limits: (number | undefined)[] = []
    const delivery = createDelivery({
      send: async event => {
        tries.push(`${event.state} at ${clock.now() - began}`)
        return answer(tries.length - 1)
      },
      now: clock.now,
      sleep: clock.sleep,
      random: () => 0.5,
      report: () => {},
      wallClock: () => 0,
      sharedLimit: { waitMs: async () => holds.shift() ?? 0, noteLimit: async ms => void limits.push(ms) },
    })
    return { delivery, clock, tries, limits }
  }

  test('a 429 for one command delays the others, and they spread over half of the time or more', async () => {
    const { delivery, clock, tries } = startWith([4000], () => OK)
    delivery.add(run)
    await clock.advance(4999)
    expect(tries).toEqual([])
    await clock.advance(1)
    expect(tries).toEqual(['run at 5000'])
  })

  test('the others learn of a 429 with or without Retry-After, and of no other failure', async () => {
    const answers: readonly ApiAnswer[] = [later(2), { kind: 'status', status: 429 }, BUSY, OK]
    const { delivery, clock, limits } = startWith([], index => answers[index] ?? OK)
    delivery.add(run)
    await clock.advance(60_000)
    expect(limits).toEqual([2000, undefined])
  })

  test('an event that must wait beyond the deadline is undelivered, and was not tried', async () => {
    const { delivery, clock, tries } = startWith([10_000], () => OK)
    delivery.add(run)
    await settleMicrotasks()
    const results = delivery.settle(5000)
    await clock.advance(0)
    expect(await results).toEqual([
      {
        kind: 'undelivered',
        event: run,
        lastProblem: 'waits, since the API limits the requests of this host',
        tries: 0,
        retryInMs: 10_000,
      },
    ])
    expect(tries).toEqual([])
  })
})

describe('when the time is over', () => {
  /** As the client does: the abort ends the try, and the answer is what has arrived by then. `turns` later, in microtasks. */
  async function settleOnAbort(answer: ApiAnswer, turns = 0) {
    const clock = fakeClock()
    const reports: DeliveryReport[] = []
    const send: Send = async (_event, _message, signal) => {
      await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve()))
      for (let turn = 0; turn < turns; turn++) await undefined
      return answer
    }
    const delivery = createDelivery({
      send,
      now: clock.now,
      sleep: clock.sleep,
      random: () => 0,
      report: what => reports.push(what),
      wallClock: () => 0,
    })
    delivery.add(run)
    delivery.add(fail)
    const results = delivery.settle(1000)
    await clock.advance(1000)
    return { results: await results, reports, sleepers: clock.sleepers() }
  }

  test('a status that has arrived counts, and no other try begins', async () => {
    const { results, reports, sleepers } = await settleOnAbort(OK)
    expect(results).toMatchObject([
      { kind: 'delivered', event: run },
      { kind: 'undelivered', event: fail, tries: 0 },
    ])
    expect(reports.map(({ kind }) => kind)).toEqual(['trying', 'delivered', 'undelivered'])
    expect(sleepers).toBe(0)
  })

  test('a status counts however many steps the client takes to hand it over', async () => {
    const { results } = await settleOnAbort(OK, 40)
    expect(results[0]).toEqual({ kind: 'delivered', event: run })
  })

  test('a refusal counts too, a failure does not', async () => {
    const refused = await settleOnAbort({ kind: 'status', status: 404 })
    expect(refused.results[0]).toMatchObject({ kind: 'rejected', status: 404 })
    const failed = await settleOnAbort(BUSY)
    expect(failed.results[0]).toMatchObject({ kind: 'undelivered', tries: 1 })
  })

  test('the result says how long Retry-After still asks to wait', async () => {
    const { delivery, clock } = start(() => later(30))
    delivery.add(run)
    await clock.advance(1000)
    const results = delivery.settle(5000)
    await clock.advance(0)
    expect(await results).toMatchObject([{ kind: 'undelivered', retryInMs: 29_000 }])
  })
})
