/** How much of its message an event is sent with, once a server has found the request too long. */

import type { TelemetryEvent } from '../telemetry/event.ts'

/** From `full` on, each is shorter than the one before. */
export const MESSAGE_SHARES = ['full', 'half', 'reason', 'none'] as const

export type MessageShare = (typeof MESSAGE_SHARES)[number]

/**
 * The next share that makes the request shorter; undefined where there is none. `isLate`: the message begins with
 * how late it is, so that there is one even where the event has none.
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
