/** Reads a `metric` parameter in all forms that the vendor's clients and documents use. */

import type { Metric } from '../../telemetry/event.ts'

export interface TakenMetrics {
  readonly metrics: readonly Metric[]
  /** Why the others were left out. */
  readonly problems: readonly string[]
}

/**
 * Metrics separated by commas, each `NAME:VALUE`, `NAME=VALUE`, `TYPE:NAME=VALUE` or `TYPE:NAME:VALUE`. With `count:processed=100`
 * in its help, the vendor's command-line tool sends `count:processed:100` (parseMetrics in its cmd/ping.go). The type is dropped,
 * as in src/telemetry/metric.ts. Unlike there, names may contain dots, and a wrong metric does not affect the others.
 */
export function takeMetrics(text: string): TakenMetrics {
  const metrics: Metric[] = []
  const problems: string[] = []
  for (const part of text.split(',')) {
    const taken = takeMetric(part.trim())
    if (typeof taken === 'string') problems.push(taken)
    else metrics.push(taken)
  }
  return { metrics, problems }
}

/** A type in front of a name. Only digits are no name: `duration:12:30` is a wrong value of `duration`. */
const TYPE = /^(?:count|duration|error_count)\s*:\s*(?=[^:=]*[^\s\d:=][^:=]*[:=])/

function takeMetric(part: string): Metric | string {
  const text = part.replace(TYPE, '')
  const separator = text.search(/[:=]/)
  if (separator === -1) return 'a metric is not NAME:VALUE'
  const name = text.slice(0, separator).trim()
  if (!/^[A-Za-z0-9_.-]{1,63}$/.test(name)) {
    return 'the name of a metric is not 1 to 63 of the characters A-Z a-z 0-9 _ - .'
  }
  const value = text.slice(separator + 1).trim()
  const isDecimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(value)
  if (!isDecimal || !Number.isFinite(Number(value))) {
    return `the value of the metric ${name} is not a finite decimal number`
  }
  return { name, value: Number(value) }
}
