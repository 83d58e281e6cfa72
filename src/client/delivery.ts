/** Delivers the events of one run in order, tries again what fails, and says in the end what became of each. */

import type { Sleep } from '../system/sleep.ts'
import type { Late } from '../telemetry/delay-marker.ts'
import type { TelemetryEvent } from '../telemetry/event.ts'
import { backoffMs } from './backoff.ts'
import { type MessageShare, shorterShare } from './message-share.ts'
import { type ApiAnswer, classify } from './outcome.ts'

export type EventResult =
  | { readonly kind: 'delivered'; readonly event: TelemetryEvent }
  | {
      readonly kind: 'rejected'
      readonly event: TelemetryEvent
      readonly status: number
      readonly problem: string
      readonly likelyCause: string
      readonly tries: number
    }
  | {
      readonly kind: 'undelivered'
      readonly event: TelemetryEvent
      readonly lastProblem: string
      readonly tries: number
      /** For how many milliseconds more its last `Retry-After` asks for no other try. */
      readonly holdMs?: number
    }

/** What happened, as it happens; each event's last report is its result. */
export type DeliveryReport =
  | EventResult
  /** `tryNumber` counts from 1. */
  | {
      readonly kind: 'trying'
      readonly event: TelemetryEvent
      readonly tryNumber: number
      readonly message: MessageShare
    }
  | {
      readonly kind: 'will-retry'
      readonly event: TelemetryEvent
      readonly delayMs: number
      readonly problem: string
    }
  | {
      readonly kind: 'shortened'
      readonly event: TelemetryEvent
      readonly message: MessageShare
      readonly problem: string
    }

/** Sends an event once, with that much of its message. A rejection counts as no answer. */
export type Send = (
  event: TelemetryEvent,
  message: MessageShare,
  signal: AbortSignal,
  late?: Late,
) => Promise<ApiAnswer>

/** What clients of one host tell each other of the API's limits, so that one's 429 slows the others. */
export interface SharedRateLimit {
  /** Milliseconds to wait before the next request; 0 where nothing is known. Soon there, and never rejects. */
  readonly waitMs: () => Promise<number>
  /** A 429 has come, which asks for this many milliseconds (its `Retry-After`), if it says so. Never rejects. */
  readonly noteLimit: (retryAfterMs: number | undefined) => Promise<void>
}

export interface DeliveryTools {
  readonly send: Send
  /** Monotonic time in milliseconds. */
  readonly now: () => number
  readonly sleep: Sleep
  /** As Math.random. */
  readonly random: () => number
  readonly report: (what: DeliveryReport) => void
  /** Milliseconds since 1970, for a `Retry-After` that is a date; Date.now unless given. */
  readonly wallClock?: () => number
  readonly sharedLimit?: SharedRateLimit
}

export interface Delivery {
  /** Puts an event behind the others; its first try begins at once where nothing is in line before it. */
  add(event: TelemetryEvent): void
  /**
   * Waits until each event is delivered or rejected, the time is over, the signal aborts, or nothing more can be tried within
   * the time; ends the try under way; resolves with a result for each event in the order of `add`. Never
   * rejects. A second call gives the first one's promise; an event that is added later is reported as undelivered.
   *
   * @param withinMs milliseconds, 0 or more
   */
  settle(withinMs: number, signal?: AbortSignal): Promise<readonly EventResult[]>
}

interface Item {
  readonly event: TelemetryEvent
  result: EventResult | undefined
  lastProblem: string
  tries: number
  /** Tries in a row that ask for back-off. */
  failures: number
  message: MessageShare
}

/** The wait between two tries of the first in line. */
interface Wait {
  readonly item: Item
  cut: AbortController
  /** What `Retry-After` asks for; no try is earlier. */
  readonly notBefore: number
  until: number
}

/** Turns of the microtask queue; from the client's abort to `step` it takes about six. */
const LAST_WORD_TURNS = 16

/**
 * The last try begins at most this much before the end, in milliseconds and as a part of the whole time: it needs some time
 * to be answered. Half of it is random, since many jobs of a host may end in the same second.
 */
const LAST_TRY_MS = 600
const LAST_TRY_SHARE = 0.2

/** Over how many milliseconds the clients of a host spread, at the least, once they are let go on. */
const HELD_SPREAD_MS = 1000

export function createDelivery(tools: DeliveryTools): Delivery {
  const { send, now, sleep, random } = tools
  const wallClock = tools.wallClock ?? Date.now
  const items: Item[] = []
  /** Index of the first in line: all before it have their results. */
  let line = 0
  /** Aborts when delivery is over: by then nothing may keep the process alive or report. */
  const over = new AbortController()
  let working = false
  let wait: Wait | undefined
  let deadline: number | undefined
  /** From here on a try is the last one: milliseconds before the deadline. */
  let lastTryMs = 0
  let lastTryBegan = false
  let settled: { readonly promise: Promise<readonly EventResult[]>; readonly finish: () => void } | undefined

  /** What is told about delivery must not be able to stop it. */
  function report(what: DeliveryReport): void {
    try {
      tools.report(what)
    } catch {}
  }

  function add(event: TelemetryEvent): void {
    const item: Item = {
      event,
      result: undefined,
      lastProblem: 'not tried',
      tries: 0,
      failures: 0,
      message: 'full',
    }
    if (over.signal.aborted) {
      conclude(item, undelivered(item))
      return
    }
    items.push(item)
    if (!working) void work()
  }

  /** Takes the first in line until none is left. Rejecting one does not hold up the next. */
  async function work(): Promise<void> {
    working = true
    try {
      for (let item = first(); item !== undefined; item = first()) await step(item)
      if (deadline !== undefined) end()
    } catch (error) {
      // Only a defect of ours gets here: the events are handed back instead of being lost.
      end(`unexpected: ${error instanceof Error ? error.name : 'error'}`)
    } finally {
      working = false
    }
  }

  function first(): Item | undefined {
    if (over.signal.aborted) return undefined
    while (items[line]?.result !== undefined) line += 1
    return items[line]
  }

  /** One try, and the wait that its answer asks for. */
  async function step(item: Item): Promise<void> {
    const { event } = item
    const holdMs = tools.sharedLimit === undefined ? 0 : await tools.sharedLimit.waitMs()
    if (over.signal.aborted) return
    if (holdMs > 0) {
      if (item.tries === 0) item.lastProblem = 'held back, since the API limits this host'
      await pause(item, holdMs, spread(holdMs))
      return
    }
    if (deadline !== undefined && now() >= deadline - lastTryMs) lastTryBegan = true
    item.tries += 1
    if (item.tries === 1) item.lastProblem = 'no answer in the time given'
    report({ kind: 'trying', event, tryNumber: item.tries, message: item.message })
    const answer = await answerOf(event, item.message)
    if (item.result !== undefined || (over.signal.aborted && answer.kind === 'error')) return
    const outcome = classify(answer, wallClock())
    // What is known when the time is over counts; nothing more is begun.
    if (over.signal.aborted && outcome.kind !== 'delivered' && outcome.kind !== 'rejected') return
    switch (outcome.kind) {
      case 'delivered':
        return conclude(item, { kind: 'delivered', event })
      case 'rejected':
        return conclude(item, { ...outcome, event, tries: item.tries })
      case 'shorten': {
        const shorter = shorterShare(event, item.message)
        if (shorter === undefined)
          return conclude(item, { ...outcome, kind: 'rejected', event, tries: item.tries })
        item.message = shorter
        item.lastProblem = outcome.problem
        return report({ kind: 'shortened', event, message: shorter, problem: outcome.problem })
      }
      case 'retry':
        item.failures += 1
        item.lastProblem = outcome.problem
        if (outcome.retryAfterMs !== undefined || (answer.kind === 'status' && answer.status === 429))
          void tools.sharedLimit?.noteLimit(outcome.retryAfterMs)
        return pause(item, outcome.retryAfterMs, backoffMs(item.failures, random, outcome.retryAfterMs))
      default:
        return outcome satisfies never
    }
  }

  async function answerOf(event: TelemetryEvent, message: MessageShare): Promise<ApiAnswer> {
    try {
      return await send(event, message, over.signal)
    } catch (error) {
      // The text of an error that nobody foresaw may hold anything, a path with a key too; its name may not.
      return { kind: 'error', message: `could not send: ${error instanceof Error ? error.name : 'error'}` }
    }
  }

  /** All who were held back for the same time would else be back in the same instant. */
  function spread(holdMs: number): number {
    return holdMs + random() * Math.max(holdMs / 2, HELD_SPREAD_MS)
  }

  /** No try before `retryAfterMs` is over, the next one after `waitMs`. */
  async function pause(item: Item, retryAfterMs: number | undefined, waitMs: number): Promise<void> {
    const start = now()
    const until = start + waitMs
    wait = { item, cut: new AbortController(), notBefore: start + (retryAfterMs ?? 0), until }
    fitWait(wait)
    if (over.signal.aborted) return
    report({ kind: 'will-retry', event: item.event, delayMs: wait.until - start, problem: item.lastProblem })
    // More than one turn where `settle` has cut the wait short and set a new end.
    while (!over.signal.aborted && wait.until > now()) {
      wait.cut = new AbortController()
      await sleep(wait.until - now(), wait.cut.signal)
    }
    wait = undefined
  }

  /**
   * Once there is a deadline, a wait that would end behind the start of the last try ends there: whatever was answered before,
   * one more try is made shortly before the end, unless `Retry-After` forbids it. After that try nothing is left to wait for.
   */
  function fitWait(current: Wait): void {
    if (deadline === undefined) return
    const lastTry = deadline - lastTryMs
    if (current.until <= lastTry) return
    if (lastTryBegan || current.notBefore >= deadline) {
      end()
      return
    }
    // What is asked for may end behind the start of the last try. All who were asked the same spread over what is left.
    const floor = current.notBefore > lastTry ? current.notBefore : undefined
    current.until =
      floor === undefined ? Math.max(lastTry, now()) : floor + (random() * (deadline - floor)) / 2
  }

  function settle(withinMs: number, signal?: AbortSignal): Promise<readonly EventResult[]> {
    if (settled !== undefined) return settled.promise
    let finish = (): void => {}
    const promise = new Promise<readonly EventResult[]>(resolve => {
      finish = () => resolve(items.map(resultOf))
    })
    settled = { promise, finish }
    deadline = now() + withinMs
    lastTryMs = Math.min(withinMs * LAST_TRY_SHARE, LAST_TRY_MS) * (1 - random() / 2)
    if (first() === undefined || signal?.aborted === true) {
      end()
      return promise
    }
    const abort = (): void => end()
    signal?.addEventListener('abort', abort)
    over.signal.addEventListener('abort', () => signal?.removeEventListener('abort', abort))
    void sleep(withinMs, over.signal).then(abort)
    if (wait !== undefined) hasten(wait)
    return promise
  }

  /** A back-off that grew while the job ran is no use in the seconds that are left: it ends now and starts anew. */
  function hasten(current: Wait): void {
    if (current.notBefore > now()) fitWait(current)
    else current.until = now()
    current.item.failures = 0
    current.cut.abort()
  }

  /** Ends delivery: what has no result by now is undelivered. */
  function end(problem?: string): void {
    if (over.signal.aborted) return
    const held = wait
    over.abort()
    wait?.cut.abort()
    void concludeRest(held, problem)
  }

  async function concludeRest(held: Wait | undefined, problem: string | undefined): Promise<void> {
    // The try that was ended may have its status already, and tells it some turns later.
    for (let turn = 0; turn < LAST_WORD_TURNS; turn++) await undefined
    const rest = items.filter(item => item.result === undefined)
    for (const item of rest) {
      const holdMs = held?.item === item ? held.notBefore - now() : 0
      item.result = { ...undelivered(item, problem), ...(holdMs > 0 && { holdMs }) }
    }
    settled?.finish()
    for (const { result } of rest) if (result !== undefined) report(result)
  }

  function conclude(item: Item, result: EventResult): void {
    item.result = result
    report(result)
  }

  return { add, settle }
}

function resultOf(item: Item): EventResult {
  return item.result ?? undelivered(item)
}

function undelivered(
  { event, tries, lastProblem }: Item,
  problem = lastProblem,
): EventResult & { readonly kind: 'undelivered' } {
  return { kind: 'undelivered', event, lastProblem: problem, tries }
}
