import { describe, expect, test } from 'vitest'
import { createDelivery, type DeliveryReport, type Send } from '../../src/client/delivery.ts'
import type { ApiAnswer } from '../../src/client/outcome.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { eventOf, fakeClock, settleMicrotasks } from '../telemetry/support.ts'

const OK: ApiAnswer = { kind: 'status', status: 200 }
const BUSY: ApiAnswer = { kind: 'status', status: 503 }
const TOO_LONG: ApiAnswer = { kind: 'status', status: 414 }
const REFUSED: ApiAnswer = { kind: 'error', message: 'connection refused by 127.0.0.1:1' }

const run = eventOf('run')
const fail = eventOf('fail', { message: { output: 'out', earlierBytes: 0, reason: 'exit status 3' } })

function later(seconds: number): ApiAnswer {
  return { kind: 'status', status: 429, retryAfter: `${seconds}` }
}

/** A delivery whose tries are answered by `answer`, with what it tried at which time and what it reported. */
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
    return given === 'hang' ? new Promise<ApiAnswer>(() => {}) : given
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

/** A list of answers, the last of which is given from then on. */
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

  test('an event that is added when the line was empty is tried at once', async () => {
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

  test('a rejected event does not hold up the next', async () => {
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
  test('resolves at once where nothing is left, leaving no sleeper', async () => {
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

  test('ends at its time, aborts the try under way, and says what is undelivered and why', async () => {
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

  test('cuts a back-off that is being waited, and begins it anew', async () => {
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

  test('does not cut what Retry-After asks for', async () => {
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

  test('draws the jitter on Retry-After anew where only that would outlast the time', async () => {
    const { delivery, clock, tries } = start(inTurn<ApiAnswer>(later(4), OK))
    delivery.add(run)
    await clock.advance(0)
    void delivery.settle(4400)
    await clock.advance(4400)
    expect(tries).toEqual(['run full at 0', 'run full at 4100'])
  })

  test('ends early where Retry-After leaves no time for a try', async () => {
    const waiting = start(() => later(60))
    waiting.delivery.add(run)
    await waiting.clock.advance(100)
    expect(await waiting.delivery.settle(5000)).toMatchObject([
      { kind: 'undelivered', event: run, lastProblem: 'HTTP status 429' },
    ])
    expect(waiting.clock.sleepers()).toBe(0)

    const told = start(() => later(60))
    told.delivery.add(run)
    expect(await told.delivery.settle(5000)).toMatchObject([{ kind: 'undelivered' }])
    expect(told.kinds()).toEqual(['trying', 'undelivered'])
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

  test('whatever is answered, the last try begins shortly before the end, unless Retry-After forbids it', async () => {
    for (let seed = 1; seed <= 100; seed++) {
      const random = seededRandom(seed)
      const withinMs = [1, 300, 5000, 60_000, 3_600_000][seed % 5] ?? 5000
      const clock = fakeClock()
      const tries: { readonly at: number; isHeld: boolean }[] = []
      const send: Send = async () => {
        const tried = { at: clock.now(), isHeld: false }
        tries.push(tried)
        await clock.sleep(random() * 20, new AbortController().signal)
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

  test('ignores an answer that comes after the end', async () => {
    let answer = (_: ApiAnswer): void => {}
    const { now, sleep, advance } = fakeClock()
    const reports: DeliveryReport[] = []
    const send: Send = () =>
      new Promise(resolve => {
        answer = resolve
      })
    const delivery = createDelivery({ send, now, sleep, random: () => 0, report: what => reports.push(what) })
    delivery.add(run)
    const results = delivery.settle(100)
    await advance(100)
    answer(OK)
    await advance(1000)
    expect(await results).toMatchObject([{ kind: 'undelivered' }])
    expect(reports.map(({ kind }) => kind)).toEqual(['trying', 'undelivered'])
  })
})

describe('with others of the host', () => {
  function startWith(holds: number[], answer: (tryIndex: number) => ApiAnswer) {
    const clock = fakeClock()
    const began = clock.now()
    const tries: string[] = []
    const told: (number | undefined)[] = []
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
      sharedLimit: { waitMs: async () => holds.shift() ?? 0, noteLimit: async ms => void told.push(ms) },
    })
    return { delivery, clock, tries, told }
  }

  test('a 429 that came to one holds the others back, spread over half of the time or more', async () => {
    const { delivery, clock, tries } = startWith([4000], () => OK)
    delivery.add(run)
    await clock.advance(4999)
    expect(tries).toEqual([])
    await clock.advance(1)
    expect(tries).toEqual(['run at 5000'])
  })

  test('a 429 is told to them, whether or not it says how long; another failure is not', async () => {
    const answers: readonly ApiAnswer[] = [later(2), { kind: 'status', status: 429 }, BUSY, OK]
    const { delivery, clock, told } = startWith([], index => answers[index] ?? OK)
    delivery.add(run)
    await clock.advance(60_000)
    expect(told).toEqual([2000, undefined])
  })

  test('an event that is held back for longer than the time is undelivered, and was not tried', async () => {
    const { delivery, clock, tries } = startWith([10_000], () => OK)
    delivery.add(run)
    await settleMicrotasks()
    const results = delivery.settle(5000)
    await clock.advance(0)
    expect(await results).toEqual([
      {
        kind: 'undelivered',
        event: run,
        lastProblem: 'held back, since the API limits this host',
        tries: 0,
        holdMs: 10_000,
      },
    ])
    expect(tries).toEqual([])
  })
})

describe('when the time is over', () => {
  /** The client's way: an abort ends the try, and its answer is what was known by then. */
  function startAnsweredOnAbort(answer: ApiAnswer) {
    const reports: DeliveryReport[] = []
    const delivery = createDelivery({
      send: (_event, _message, signal) =>
        new Promise(resolve => signal.addEventListener('abort', () => resolve(answer))),
      now: () => 0,
      sleep: async () => {},
      random: () => 0,
      report: what => reports.push(what),
      wallClock: () => 0,
    })
    delivery.add(run)
    delivery.add(fail)
    return { delivery, reports }
  }

  test('an answer whose status is known counts, and nothing more is begun', async () => {
    const { delivery, reports } = startAnsweredOnAbort(OK)
    expect(await delivery.settle(0)).toMatchObject([
      { kind: 'delivered', event: run },
      { kind: 'undelivered', event: fail, tries: 0 },
    ])
    expect(reports.map(({ kind }) => kind)).toEqual(['trying', 'delivered', 'undelivered'])
  })

  test('a refusal counts too, a failure does not', async () => {
    const refused = startAnsweredOnAbort({ kind: 'status', status: 404 })
    expect((await refused.delivery.settle(0))[0]).toMatchObject({ kind: 'rejected', status: 404 })
    const failed = startAnsweredOnAbort(BUSY)
    expect((await failed.delivery.settle(0))[0]).toMatchObject({ kind: 'undelivered', tries: 1 })
  })

  test('what a Retry-After asks for is told with the event', async () => {
    const { delivery, clock } = start(() => later(30))
    delivery.add(run)
    await clock.advance(1000)
    const results = delivery.settle(5000)
    await clock.advance(0)
    expect(await results).toMatchObject([{ kind: 'undelivered', holdMs: 29_000 }])
  })
})
