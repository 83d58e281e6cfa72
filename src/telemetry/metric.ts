/** Writes and reads metrics as the Telemetry API names them: `name:value`. */

import type { Metric } from './event.ts'

export type ParsedMetric =
  | { readonly ok: true; readonly metric: Metric }
  | { readonly ok: false; readonly problem: string }

/** `name:value`: `duration` (seconds) with three decimals, any other value in plain decimal digits without an exponent. */
export function formatMetric(metric: Metric): string {
  const isDuration = metric.name === 'duration' && Math.abs(metric.value) < 1e21
  return `${metric.name}:${isDuration ? metric.value.toFixed(3) : plainDecimal(metric.value)}`
}

/** Reads `NAME:VALUE` or `NAME=VALUE`; VALUE is a finite decimal number, an exponent is allowed. */
export function parseMetric(text: string): ParsedMetric {
  const separator = text.search(/[:=]/)
  if (separator === -1) return wrong(`metric "${text}" is not NAME:VALUE`)
  const name = text.slice(0, separator)
  const value = text.slice(separator + 1)
  if (!/^[A-Za-z0-9_-]{1,63}$/.test(name)) {
    return wrong(`metric name "${name}" is not 1 to 63 of the characters A-Z a-z 0-9 _ -`)
  }
  const isDecimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(value)
  if (!isDecimal || !Number.isFinite(Number(value))) {
    return wrong(`value "${value}" of metric ${name} is not a finite decimal number`)
  }
  return { ok: true, metric: { name, value: Number(value) } }
}

/**
 * Reads one metric or several with commas between them. The official client's form `TYPE:NAME=VALUE` is the metric
 * NAME: the API has one name for a metric, and two counts with the name `count` would be one.
 */
export function parseMetrics(
  text: string,
):
  | { readonly ok: true; readonly metrics: readonly Metric[] }
  | { readonly ok: false; readonly problem: string } {
  const metrics: Metric[] = []
  for (const part of text.split(',').map(each => each.trim())) {
    if (part === '') continue
    const parsed = parseMetric(part.replace(/^(?:count|duration|error_count):(?=[^=]*=)/, ''))
    if (!parsed.ok) return parsed
    metrics.push(parsed.metric)
  }
  return metrics.length > 0 ? { ok: true, metrics } : wrong(`metric "${text}" is not NAME:VALUE`)
}

function wrong(problem: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem }
}

/** The shortest digits that stand for the value, without the exponent that String() uses from 1e21 and below 1e-6. */
export function plainDecimal(value: number): string {
  const parts = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(String(value))
  if (parts === null) return String(value)
  const [, sign = '', first = '', rest = '', exponent = '0'] = parts
  const digits = first + rest
  const power = Number(exponent)
  return power < 0 ? `${sign}0.${'0'.repeat(-power - 1)}${digits}` : sign + digits.padEnd(power + 1, '0')
}
