/** The metrics of `--usage`. */

import type { Usage } from '../../../job/usage.ts'
import type { Metric } from '../../../telemetry/event.ts'
import type { RunOutcome } from '../run-outcome.ts'

export function withUsage(outcome: RunOutcome, { cpuSeconds, maxRssMib }: Usage): RunOutcome {
  const metrics: Metric[] = [...(outcome.reported.metrics ?? [])]
  if (cpuSeconds !== undefined) metrics.push({ name: 'cpu_seconds', value: rounded(cpuSeconds, 100) })
  if (maxRssMib !== undefined) metrics.push({ name: 'max_rss_mib', value: rounded(maxRssMib, 1000) })
  return metrics.length === 0 ? outcome : { ...outcome, reported: { ...outcome.reported, metrics } }
}

function rounded(value: number, steps: number): number {
  return Math.round(value * steps) / steps
}
