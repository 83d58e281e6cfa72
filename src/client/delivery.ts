/** Delivers the events of one command in order, with retries, and reports the result of each. */

import type { TelemetryEvent } from '../telemetry/event.ts'
import type { DeliveryTools } from './delivery-tools.ts'
import type { DeliveryReport, EventResult } from './event-result.ts'
import { type Pause, type QueuedEvent, queuedEvent, tryEvent, undelivered } from './event-try.ts'
import { deadlineAfter, spreadMs, type TryDeadline, waitWithin } from './try-times.ts'

export interface Delivery {
  /** Queues an event. Its first try begins at once if no other event is queued. */
  add(event: TelemetryEvent): void
  /**
   * Ends the delivery: when all events are delivered or rejected, when the time is over, when the signal aborts, or
   * when `Retry-After` leaves no time for another try. Aborts the current try. Resolves with a result for each event,
   * in the order of `add`; never rejects. A second call returns the same promise. An event that is added later is
   * undelivered.
   *
   * @param withinMs milliseconds, 0 or more
   */
  settle(withinMs: number, signal?: AbortSignal): Promise<readonly EventResult[]>
}

export function createDelivery(tools: DeliveryTools): Delivery {
  // A failing report must not stop the delivery.
  function report(what: DeliveryReport): void {
    try {
      tools.report(what)
    } catch {}
  }
  return new OrderedDelivery({ ...tools, report })
}

/** The wait before the next try of an event. */
interface RetryWait {
  readonly queued: QueuedEvent
  readonly notBefore: number
  until: number
  /** Ends the sleep, so that a changed `until` takes effect. */
  wake: AbortController
}

/** How long to wait, after the abort of a try, for a status that has already arrived, in milliseconds. */
const LAST_ANSWER_MS = 100

class OrderedDelivery implements Delivery {
  readonly #tools: DeliveryTools
  readonly #queue: QueuedEvent[] = []
  /** All events before this index have results. */
  #firstOpen = 0
  /** Aborts when the delivery ends. */
  readonly #over = new AbortController()
  #isWorking = false
  #wait: RetryWait | undefined
  #tryUnderWay: Promise<unknown> | undefined
  #deadline: TryDeadline | undefined
  #isLastTryBegun = false
  #settled: Promise<readonly EventResult[]> | undefined
  #concludeAll = (): void => {}
  readonly #allConcluded = new Promise<void>(resolve => {
    this.#concludeAll = resolve
  })

  constructor(tools: DeliveryTools) {
    this.#tools = tools
  }

  add(event: TelemetryEvent): void {
    const queued = queuedEvent(event)
    if (this.#over.signal.aborted) {
      this.#tools.report(undelivered(queued))
      return
    }
    this.#queue.push(queued)
    if (!this.#isWorking) void this.#work()
  }

  settle(withinMs: number, signal?: AbortSignal): Promise<readonly EventResult[]> {
    this.#settled ??= this.#allConcluded.then(() =>
      this.#queue.map(queued => queued.result ?? undelivered(queued)),
    )
    if (this.#deadline === undefined) this.#setDeadline(withinMs, signal)
    return this.#settled
  }

  #setDeadline(withinMs: number, signal: AbortSignal | undefined): void {
    const { now, random, sleep } = this.#tools
    this.#deadline = deadlineAfter(withinMs, now(), random)
    if (this.#first() === undefined || signal?.aborted) {
      this.#end()
      return
    }
    const end = (): void => this.#end()
    signal?.addEventListener('abort', end)
    this.#over.signal.addEventListener('abort', () => signal?.removeEventListener('abort', end))
    void sleep(withinMs, this.#over.signal).then(end)
    if (this.#wait !== undefined) this.#hasten(this.#wait)
  }

  /** A rejected event does not delay the next. */
  async #work(): Promise<void> {
    this.#isWorking = true
    try {
      for (let queued = this.#first(); queued !== undefined; queued = this.#first()) await this.#step(queued)
      if (this.#deadline !== undefined) this.#end()
    } catch (error) {
      // A defect in this program must not lose the events.
      this.#end(`unexpected: ${error instanceof Error ? error.name : 'error'}`)
    } finally {
      this.#isWorking = false
    }
  }

  #first(): QueuedEvent | undefined {
    if (this.#over.signal.aborted) return undefined
    while (this.#queue[this.#firstOpen]?.result !== undefined) this.#firstOpen += 1
    return this.#queue[this.#firstOpen]
  }

  /** One try, and the wait after it. */
  async #step(queued: QueuedEvent): Promise<void> {
    const { now, random, sharedLimit } = this.#tools
    const limitMs = sharedLimit === undefined ? 0 : await sharedLimit.waitMs()
    if (this.#over.signal.aborted) return
    if (limitMs > 0) {
      if (queued.tries === 0) queued.lastProblem = 'waits, since the API limits the requests of this host'
      return this.#pause(queued, { waitMs: spreadMs(limitMs, random), retryAfterMs: limitMs })
    }
    if (this.#deadline !== undefined && now() >= this.#deadline.lastTryAt) this.#isLastTryBegun = true
    const trying = tryEvent(queued, this.#tools, this.#over.signal)
    this.#tryUnderWay = trying
    const pause = await trying
    if (pause !== undefined) await this.#pause(queued, pause)
  }

  async #pause(queued: QueuedEvent, { waitMs, retryAfterMs = 0 }: Pause): Promise<void> {
    const { now, sleep } = this.#tools
    const start = now()
    const wait = {
      queued,
      notBefore: start + retryAfterMs,
      until: start + waitMs,
      wake: new AbortController(),
    }
    this.#wait = wait
    this.#fitWait(wait)
    if (this.#over.signal.aborted) return
    const { event, lastProblem } = queued
    this.#tools.report({ kind: 'will-retry', event, delayMs: wait.until - start, problem: lastProblem })
    // Continues with the rest of the wait if `settle` has changed `until` and ended the sleep.
    while (!this.#over.signal.aborted && wait.until > now()) {
      wait.wake = new AbortController()
      await sleep(wait.until - now(), wait.wake.signal)
    }
    this.#wait = undefined
  }

  /** Shortens the wait so that one last try fits in before the deadline. Ends the delivery if no try fits. */
  #fitWait(wait: RetryWait): void {
    if (this.#deadline === undefined || wait.until <= this.#deadline.lastTryAt) return
    const { now, random } = this.#tools
    const until = this.#isLastTryBegun ? undefined : waitWithin(wait, this.#deadline, now(), random)
    if (until === undefined) this.#end()
    else wait.until = until
  }

  /** The back-off may have grown while the job ran. It starts again at the job's end, with a try at once. */
  #hasten(wait: RetryWait): void {
    const { now } = this.#tools
    if (wait.notBefore > now()) this.#fitWait(wait)
    else wait.until = now()
    wait.queued.failures = 0
    wait.wake.abort()
  }

  #end(problem?: string): void {
    if (this.#over.signal.aborted) return
    const wait = this.#wait
    this.#over.abort()
    wait?.wake.abort()
    void this.#concludeRest(wait, problem)
  }

  /** Events without a result are undelivered. */
  async #concludeRest(wait: RetryWait | undefined, problem: string | undefined): Promise<void> {
    await this.#lastAnswer()
    const rest = this.#queue.filter(({ result }) => result === undefined)
    const results = rest.map(queued => {
      const retryInMs = wait?.queued === queued ? wait.notBefore - this.#tools.now() : 0
      return { ...undelivered(queued, problem), ...(retryInMs > 0 && { retryInMs }) }
    })
    for (const [index, queued] of rest.entries()) queued.result = results[index]
    this.#concludeAll()
    for (const result of results) this.#tools.report(result)
  }

  /** Waits for the status of the aborted try: it counts if it has arrived. */
  async #lastAnswer(): Promise<void> {
    if (this.#tryUnderWay === undefined) return
    const answered = new AbortController()
    const tooLate = this.#tools.sleep(LAST_ANSWER_MS, answered.signal)
    await Promise.race([this.#tryUnderWay, tooLate]).catch(() => {})
    answered.abort()
  }
}
