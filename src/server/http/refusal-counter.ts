/** Counts refused requests for /metrics, and reports those that somebody has to look at. */

import type { RefusalReason } from './refusal-reason.ts'

export interface Refusal {
  /** The HTTP status of the answer, or the code of the SMTP reply. Only 400 to 599 are counted. */
  readonly status: number
  readonly reason: RefusalReason
  /** For the line in the log; undefined: the refusal is only counted. */
  readonly details?: RefusalDetails | undefined
}

export interface RefusalDetails {
  /** Without secrets. */
  readonly error: string
  readonly client: { readonly ip: string; readonly address: string }
  /** As the client has sent it: it may be the API key by mistake. */
  readonly monitorKey?: string | undefined
}

export interface RefusalCounter {
  readonly count: (refusal: Refusal) => void
  /** Sorted by status and reason. The usual ones are present from the start, with 0. */
  readonly totals: () => readonly (Pick<Refusal, 'status' | 'reason'> & { readonly count: number })[]
}

/**
 * These are present with 0 before the first refusal: Prometheus computes no rate for a counter that appears with its
 * first increment (https://prometheus.io/docs/practices/instrumentation/#avoid-missing-metrics).
 */
const USUAL: readonly (readonly [status: number, reason: RefusalReason])[] = [
  [400, 'invalid_parameter'],
  [400, 'malformed'],
  [401, 'no_key'],
  [401, 'unknown_key'],
  [403, 'cross_site'],
  [403, 'no_key'],
  [403, 'too_many_monitors'],
  [403, 'unknown_key'],
  [404, 'no_such_monitor'],
  [404, 'no_such_path'],
  [405, 'no_such_method'],
  [408, 'timeout'],
  [413, 'too_large'],
  [414, 'too_large'],
  [429, 'rate_limit'],
  [429, 'unknown_key'],
  [500, 'internal_error'],
  [503, 'not_read'],
  [503, 'not_stored'],
]

/** `report` is called with each refusal that has details. */
export function createRefusalCounter(
  report: (refusal: Refusal, details: RefusalDetails) => void = () => {},
): RefusalCounter {
  const totals = new Map<string, { status: number; reason: RefusalReason; count: number }>()
  const totalOf = (status: number, reason: RefusalReason) => {
    const name = `${status} ${reason}`
    const known = totals.get(name) ?? { status, reason, count: 0 }
    totals.set(name, known)
    return known
  }
  for (const [status, reason] of USUAL) totalOf(status, reason)
  return {
    count: refusal => {
      const { status, reason, details } = refusal
      if (!Number.isInteger(status) || status < 400 || status > 599) return
      totalOf(status, reason).count += 1
      if (details !== undefined) report(refusal, details)
    },
    totals: () =>
      [...totals.values()]
        .map(total => ({ ...total }))
        .sort((a, b) => a.status - b.status || (a.reason < b.reason ? -1 : 1)),
  }
}
