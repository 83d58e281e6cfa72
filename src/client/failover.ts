/** Sends an event to the first of several addresses that takes it, within one try and without a wait. */

import type { Sleep } from '../system/sleep.ts'
import type { TelemetryEvent } from '../telemetry/event.ts'
import type { AddressChoice } from './address-choice.ts'
import { type ApiAnswer, isAway } from './outcome.ts'
import { retryAfterMs } from './retry-after.ts'
import type { Send } from './sender.ts'

export interface AddressSender {
  /** Host and port, for messages. */
  readonly host: string
  readonly send: Send
}

export interface FailoverTools {
  readonly choice: AddressChoice
  /** How long each address but the last one of a try may take, in milliseconds. */
  readonly shareMs: number
  readonly sleep: Sleep
  /** Milliseconds since 1970, for a `Retry-After` that is a date. */
  readonly wallClock: () => number
  /** Called before the event goes to the next address: `problem` is one line. */
  readonly onNext?: ((event: TelemetryEvent, problem: string) => void) | undefined
}

/** An address that answers at all takes less, even over a slow connection with TLS. */
const LEAST_SHARE_MS = 500

/**
 * How long one address may take before the next one is tried. The time of a delivery is shared equally, and the last address
 * gets two shares. At least 500 ms.
 */
export function shareOf(withinMs: number, count: number): number {
  return Math.max(withinMs / (count + 1), LEAST_SHARE_MS)
}

/**
 * Tries the addresses in the order of `choice`, until one answers with anything but 502, 503 or 504: such an answer of a
 * load balancer or a server tells nothing about the others. If none does, the answer is that of the address that may be
 * asked again first, and its text names all problems.
 */
export function sendToAny(senders: readonly AddressSender[], tools: FailoverTools): Send {
  const { choice, wallClock, onNext } = tools
  return async (event, message, signal, late) => {
    const failures: Failure[] = []
    const order = choice.order()
    for (const [position, index] of order.entries()) {
      const sender = senders[index]
      if (sender === undefined) continue
      const isLast = position === order.length - 1
      const answer = await (isLast
        ? sender.send(event, message, signal, late)
        : withinShare(tools, signal, limited => sender.send(event, message, limited, late)))
      if (isReached(answer)) choice.noteReached(index)
      if (isReached(answer) || signal.aborted) return answer
      const waitMs = answer.kind === 'status' ? retryAfterMs(answer.retryAfter, wallClock()) : undefined
      choice.noteFailed(index, waitMs)
      const problem =
        answer.kind === 'error' ? answer.message : `${sender.host}: HTTP status ${answer.status}`
      failures.push({ answer, problem, waitMs: waitMs ?? 0 })
      if (!isLast) onNext?.(event, problem)
    }
    return combined(failures)
  }
}

interface Failure {
  readonly answer: ApiAnswer
  readonly problem: string
  readonly waitMs: number
}

function combined(failures: readonly Failure[]): ApiAnswer {
  const [soonest] = failures.toSorted((one, other) => one.waitMs - other.waitMs)
  const problem = failures.map(each => each.problem).join('; ')
  if (soonest === undefined) return { kind: 'error', message: 'no address to send to' }
  const { answer } = soonest
  return answer.kind === 'error' ? { ...answer, message: problem } : { ...answer, problem }
}

function isReached(answer: ApiAnswer): boolean {
  return answer.kind === 'status' && !isAway(answer.status)
}

/** Aborts the request when the share is over, or when `signal` aborts. */
async function withinShare(
  { sleep, shareMs }: FailoverTools,
  signal: AbortSignal,
  send: (limited: AbortSignal) => Promise<ApiAnswer>,
): Promise<ApiAnswer> {
  const limit = new AbortController()
  const abort = (): void => limit.abort()
  const answered = new AbortController()
  signal.addEventListener('abort', abort)
  if (signal.aborted) abort()
  void sleep(shareMs, answered.signal).then(() => {
    if (!answered.signal.aborted) limit.abort()
  })
  try {
    return await send(limit.signal)
  } finally {
    answered.abort()
    signal.removeEventListener('abort', abort)
  }
}
