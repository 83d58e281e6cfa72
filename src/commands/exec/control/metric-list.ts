/** Collects the metrics that a job gives: the last value of each name counts. */

import { encodeForQuery } from '../../../telemetry/encoded-size.ts'
import type { Metric } from '../../../telemetry/event.ts'
import { formatMetric, parseMetric } from '../../../telemetry/metric.ts'

export interface MetricList {
  /** `source` names in a warning where the metric comes from, such as `CRONITOR_METRICS, line 3`. */
  add(name: string, value: string, source: string): void
  /** For a line that is no metric. */
  addProblem(problem: string, source: string): void
  readonly metrics: () => readonly Metric[]
  /** At most one for each kind of problem. */
  readonly warnings: () => readonly string[]
}

/** The wrapper measures this one. */
const MEASURED = 'duration'

/** In a request that may have 8,000 bytes, the message needs the rest. */
const MAX_ENCODED_BYTES = 4000

export function createMetricList(): MetricList {
  const metrics = new Map<string, Metric>()
  const sizes = new Map<string, number>()
  let used = 0
  let firstProblem: string | undefined
  let problems = 0
  const tooMany = new Set<string>()

  function addProblem(problem: string, source: string): void {
    problems += 1
    firstProblem ??= `${source}: ${problem}`
  }

  return {
    add(name, value, source) {
      const parsed = parseMetric(`${name}=${value}`)
      if (!parsed.ok) return addProblem(parsed.problem, source)
      const { metric } = parsed
      if (metric.name === MEASURED)
        return addProblem(`the metric ${MEASURED} is measured, and cannot be set`, source)
      const size = `&metric=${encodeForQuery(formatMetric(metric))}`.length
      const replaced = sizes.get(metric.name) ?? 0
      if (used - replaced + size > MAX_ENCODED_BYTES) {
        // The name alone: a job may give a million of them.
        if (tooMany.size < 1000) tooMany.add(metric.name)
        return
      }
      used += size - replaced
      sizes.set(metric.name, size)
      metrics.set(metric.name, metric)
    },
    addProblem,
    metrics: () => [...metrics.values()],
    warnings: () => [
      ...(firstProblem === undefined
        ? []
        : [`${firstProblem}${problems > 1 ? ` (and ${problems - 1} more)` : ''}`]),
      ...(tooMany.size === 0
        ? []
        : [
            `too many metrics for one event: ${[...tooMany].slice(0, 3).join(', ')}${tooMany.size > 3 ? ' and others' : ''} left out`,
          ]),
    ],
  }
}
