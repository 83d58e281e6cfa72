/** The time that a command has for its events: `--deliver-within` after the job's end, or until a signal. */

import type { ReportTools } from './report-tools.ts'

export interface DeliveryDeadline {
  /** Aborts when the time is over. */
  readonly passed: AbortSignal
  /** Milliseconds until the time is over; before it starts, the whole time. */
  readonly leftMs: () => number
}

/** The time starts when `start` resolves, and is over early if `stopWaiting` aborts after that. */
export function startDeadline(
  start: Promise<unknown>,
  withinMs: number,
  stopWaiting: AbortSignal,
  { now, sleep }: Pick<ReportTools, 'now' | 'sleep'>,
): DeliveryDeadline {
  const passed = new AbortController()
  let end = Number.POSITIVE_INFINITY
  void start.then(() => {
    end = now() + withinMs
    void sleep(withinMs, stopWaiting).then(() => {
      end = Math.min(end, now())
      passed.abort()
    })
  })
  return {
    passed: passed.signal,
    leftMs: () => Math.max(0, Math.min(withinMs, end - now())),
  }
}
