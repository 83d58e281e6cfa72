/** How much of an event's message is sent after a server has refused the request as too long. */

import type { TelemetryEvent } from '../telemetry/event.ts'

/** Each is shorter than the one before. */
export const MESSAGE_SHARES = ['full', 'half', 'reason', 'none'] as const

export type MessageShare = (typeof MESSAGE_SHARES)[number]

/**
 * The next share that makes the request shorter; undefined if there is none. `isLate`: the message starts with the
 * delay, so it is not empty even if the event has no message.
 */
export function shorterShare(
  { message }: TelemetryEvent,
  share: MessageShare,
  isLate = false,
): MessageShare | undefined {
  const hasOutput = message !== undefined && message.output !== ''
  const hasReason = message?.reason !== undefined
  return MESSAGE_SHARES.slice(MESSAGE_SHARES.indexOf(share) + 1).find(next => {
    if (next === 'none') return hasOutput || hasReason || isLate
    return hasOutput && (next === 'half' || hasReason)
  })
}
