/** Sends one event of the spool, and shortens its message as long as the API finds the request too long. */

import { type MessageShare, shorterShare } from '../../client/message-share.ts'
import { classify } from '../../client/outcome.ts'
import { ageMs } from '../../system/boot-clock.ts'
import type { Late } from '../../telemetry/delay-marker.ts'
import type { Spool } from '../spool.ts'
import type { SpooledEvent } from '../spooled-event.ts'
import type { DrainTools } from './drain-tools.ts'

export type SendResult =
  | { readonly kind: 'delivered' }
  | {
      readonly kind: 'refused'
      readonly status: number
      readonly problem: string
      readonly likelyCause: string
    }
  /** The API has answered 429 to the request that was sent at `sentAt`, monotonic time in milliseconds. */
  | {
      readonly kind: 'rate-limited'
      readonly problem: string
      readonly retryAfterMs: number | undefined
      readonly sentAt: number
    }
  | {
      readonly kind: 'failed'
      readonly problem: string
      readonly retryAfterMs: number | undefined
      /** True if no answer came. */
      readonly isUnanswered: boolean
    }
  /** The signal has ended the request: nothing is known about the API. */
  | { readonly kind: 'aborted' }

export interface SendOptions {
  readonly connection: number
  readonly signal: AbortSignal
  /** When the first request is sent: monotonic time in milliseconds. */
  readonly sentAt: number
  /** Called before each further request; returns the time. */
  readonly onResend: () => number
}

/** Never rejects. */
export async function sendEvent(
  { spool, send, stamp }: Pick<DrainTools, 'spool' | 'send' | 'stamp'>,
  spooled: SpooledEvent,
  { connection, signal, sentAt: firstSentAt, onResend }: SendOptions,
): Promise<SendResult> {
  let share: MessageShare = 'full'
  let sentAt = firstSentAt
  for (;;) {
    const answer = await send(spooled.event, share, signal, latenessOf(spool, spooled, stamp), connection)
    if (signal.aborted && answer.kind === 'error') return { kind: 'aborted' }
    const outcome = classify(answer, spool.wallClock())
    switch (outcome.kind) {
      case 'delivered':
        return outcome
      case 'rejected':
        return { ...outcome, kind: 'refused' }
      case 'shorten': {
        const shorter = shorterShare(spooled.event, share, true)
        if (shorter === undefined) return { ...outcome, kind: 'refused' }
        share = shorter
        sentAt = onResend()
        break
      }
      case 'retry': {
        const { problem, retryAfterMs } = outcome
        return answer.kind === 'status' && answer.status === 429
          ? { kind: 'rate-limited', problem, retryAfterMs, sentAt }
          : { kind: 'failed', problem, retryAfterMs, isUnanswered: answer.kind === 'error' }
      }
      default:
        return outcome satisfies never
    }
  }
}

/** When the event happened by the current wall clock: the clock may have been set since. */
function latenessOf(spool: Spool, { occurredAt, up }: SpooledEvent, stamp: boolean): Late {
  const now = spool.wallClock()
  return { occurredAt: now - ageMs(spool, occurredAt, up), now, stamp }
}
