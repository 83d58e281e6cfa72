/** Counts and reports what was left out of events that were recorded nevertheless. */

import { throttle } from '../../system/throttle.ts'

export interface Ignored {
  /** As the client sent it; `body` for the body of a request. */
  readonly parameter: string
  /** What is wrong with it, or what was done with it. */
  readonly reason: string
}

export interface IgnoredCounter {
  /** `event` names the event in a warning, without a secret. */
  readonly count: (ignored: readonly Ignored[], event: string) => void
  /** Sorted by parameter. All are present from the start, with 0 (refusal-counter.ts has the reason). */
  readonly totals: () => readonly { readonly parameter: string; readonly count: number }[]
}

/** A client chooses the names of its parameters, and must not create time series at will. */
const UNKNOWN = 'unknown'

const PARAMETERS = [
  'body',
  'duration',
  'env',
  'host',
  'message',
  'metric',
  'msg',
  'series',
  'stamp',
  'state',
  'status_code',
  UNKNOWN,
]

/** Some clients send the same with every event. */
const WARN_EVERY_MS = 60 * 60_000

/** Warns at most once an hour of each parameter. `clock` is monotonic, in milliseconds. */
export function createIgnoredCounter(warn: (text: string) => void, clock: () => number): IgnoredCounter {
  const counts = new Map(PARAMETERS.map(parameter => [parameter, 0]))
  const warnings = new Map(PARAMETERS.map(parameter => [parameter, throttle(warn, clock, WARN_EVERY_MS)]))
  return {
    count: (ignored, event) => {
      for (const { parameter, reason } of ignored) {
        const label = counts.has(parameter) ? parameter : UNKNOWN
        counts.set(label, (counts.get(label) ?? 0) + 1)
        const what = label === UNKNOWN ? 'an unknown parameter' : `"${parameter}"`
        warnings.get(label)?.(`${event} was recorded, but not all of it: ${what}: ${reason}`)
      }
    },
    totals: () => [...counts].map(([parameter, count]) => ({ parameter, count })),
  }
}
