/** Tries an event once, and decides what to do after the answer. */

import type { TelemetryEvent } from '../telemetry/event.ts'
import { backoffMs } from './backoff.ts'
import type { DeliveryTools } from './delivery-tools.ts'
import type { EventResult } from './event-result.ts'
import { type MessageShare, shorterShare } from './message-share.ts'
import { type ApiAnswer, classify } from './outcome.ts'

export interface QueuedEvent {
  readonly event: TelemetryEvent
  result: EventResult | undefined
  lastProblem: string
  tries: number
  /** Failed tries in a row, for the back-off. */
  failures: number
  message: MessageShare
}

export function queuedEvent(event: TelemetryEvent): QueuedEvent {
  return { event, result: undefined, lastProblem: 'not tried', tries: 0, failures: 0, message: 'full' }
}

/** The wait before the next try, and the part of it that `Retry-After` requires, in milliseconds. */
export interface Pause {
  readonly waitMs: number
  readonly retryAfterMs: number | undefined
}

/** Undefined if the event has its result, or can be tried again at once. `over` aborts the try. */
export async function tryEvent(
  queued: QueuedEvent,
  tools: DeliveryTools,
  over: AbortSignal,
): Promise<Pause | undefined> {
  queued.tries += 1
  if (queued.tries === 1) queued.lastProblem = 'no answer in the time given'
  const { event, tries, message } = queued
  tools.report({ kind: 'trying', event, tryNumber: tries, message })
  const answer = await answerOf(queued, tools, over)
  if (queued.result !== undefined || (over.aborted && answer.kind === 'error')) return undefined
  return applyAnswer(queued, answer, tools, over)
}

async function answerOf(
  { event, message }: QueuedEvent,
  { send }: DeliveryTools,
  over: AbortSignal,
): Promise<ApiAnswer> {
  try {
    return await send(event, message, over)
  } catch (error) {
    // The message of an unexpected error can hold a path with a key in it; its name cannot.
    return { kind: 'error', message: `could not send: ${error instanceof Error ? error.name : 'error'}` }
  }
}

function applyAnswer(
  queued: QueuedEvent,
  answer: ApiAnswer,
  { report, random, sharedLimit, wallClock = Date.now }: DeliveryTools,
  over: AbortSignal,
): Pause | undefined {
  const { event, tries } = queued
  const conclude = (result: EventResult): undefined => {
    queued.result = result
    report(result)
  }
  const outcome = classify(answer, wallClock())
  // A status that arrived before the end counts, but no other try follows.
  if (over.aborted && outcome.kind !== 'delivered' && outcome.kind !== 'rejected') return undefined
  switch (outcome.kind) {
    case 'delivered':
      return conclude({ kind: 'delivered', event })
    case 'rejected':
      return conclude({ ...outcome, event, tries })
    case 'shorten': {
      const shorter = shorterShare(event, queued.message)
      if (shorter === undefined) return conclude({ ...outcome, kind: 'rejected', event, tries })
      queued.message = shorter
      queued.lastProblem = outcome.problem
      report({ kind: 'shortened', event, message: shorter, problem: outcome.problem })
      return undefined
    }
    case 'retry': {
      const { retryAfterMs } = outcome
      queued.failures += 1
      queued.lastProblem = outcome.problem
      if (retryAfterMs !== undefined || (answer.kind === 'status' && answer.status === 429))
        void sharedLimit?.noteLimit(retryAfterMs)
      return { waitMs: backoffMs(queued.failures, random, retryAfterMs), retryAfterMs }
    }
    default:
      return outcome satisfies never
  }
}

/** The result of an event that has none when the delivery ends. */
export function undelivered(
  { event, tries, lastProblem }: QueuedEvent,
  problem = lastProblem,
): EventResult & { readonly kind: 'undelivered' } {
  return { kind: 'undelivered', event, lastProblem: problem, tries }
}
