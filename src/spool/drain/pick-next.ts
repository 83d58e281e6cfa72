/** Chooses the series whose first event is sent next. */

import type { SeriesQueue, SeriesQueues } from './series-queue.ts'

export type NextEvent =
  | { readonly kind: 'send'; readonly queue: SeriesQueue }
  /** Nothing may be sent for this many milliseconds; infinity if every event is being sent already. */
  | { readonly kind: 'wait'; readonly ms: number }

export interface Waits {
  /** Monotonic time in milliseconds. */
  readonly now: number
  /** Milliseconds until the API may be sent any event; 0 or less: at once. */
  readonly addressMs: number
  /** Milliseconds until the API may be sent an event of the monitor. */
  readonly monitorMs: (monitorId: string) => number
}

/** The first series that may be sent now, or how long until there is one. */
export function pickNext(queues: SeriesQueues, { now, addressMs, monitorMs }: Waits): NextEvent {
  let ms = Number.POSITIVE_INFINITY
  for (const queue of queues.values()) {
    const [first] = queue.files
    if (queue.isSending || first === undefined) continue
    const seriesMs = Math.max(addressMs, queue.notBefore - now, monitorMs(first.monitorId))
    if (seriesMs <= 0) return { kind: 'send', queue }
    ms = Math.min(ms, seriesMs)
    // No series has a shorter wait than this one.
    if (seriesMs <= addressMs) break
  }
  return { kind: 'wait', ms }
}
