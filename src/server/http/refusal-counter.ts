/** Counts refused requests for /metrics. Each answer of 400 and above calls `count` once. */

export interface RefusalCounter {
  /** `status` is the HTTP status of the answer. Only 400 to 599 are counted. */
  readonly count: (status: number) => void
  /** Sorted by status. The usual ones are present from the start, with 0. */
  readonly totals: () => readonly { readonly status: number; readonly count: number }[]
}

/**
 * These are present with 0 before the first refusal: Prometheus computes no rate for a counter that appears with its
 * first increment (https://prometheus.io/docs/practices/instrumentation/#avoid-missing-metrics).
 */
const USUAL = [400, 401, 403, 404, 405, 413, 414, 429, 500, 503]

export function createRefusalCounter(): RefusalCounter {
  const counts = new Map(USUAL.map(status => [status, 0]))
  return {
    count: status => {
      if (Number.isInteger(status) && status >= 400 && status <= 599) {
        counts.set(status, (counts.get(status) ?? 0) + 1)
      }
    },
    totals: () =>
      [...counts].map(([status, count]) => ({ status, count })).sort((a, b) => a.status - b.status),
  }
}
