/** Formats and parses metrics: `name:value`. */

import type { Metric } from './event.ts'

export type ParsedMetric =
  | { readonly ok: true; readonly metric: Metric }
  | { readonly ok: false; readonly problem: string }

/** `duration` gets three decimals; any other value is written without an exponent. */
export function formatMetric(metric: Metric): string {
  const isDuration = metric.name === 'duration' && Math.abs(metric.value) < 1e21
  return `${metric.name}:${isDuration ? metric.value.toFixed(3) : plainDecimal(metric.value)}`
}

/** Parses `NAME:VALUE` or `NAME=VALUE`. VALUE is a finite decimal number, with or without an exponent. */
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
 * Parses metrics separated by commas. The official client's form `TYPE:NAME=VALUE` becomes the metric NAME, because the API's
 * metrics have no type, and two metrics called `count` would be one.
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

/** The shortest decimal digits for the value, without the exponent that String() uses from 1e21 and below 1e-6. */
export function plainDecimal(value: number): string {
  const parts = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(String(value))
  if (parts === null) return String(value)
  const [, sign = '', first = '', rest = '', exponent = '0'] = parts
  const digits = first + rest
  const power = Number(exponent)
  return power < 0 ? `${sign}0.${'0'.repeat(-power - 1)}${digits}` : sign + digits.padEnd(power + 1, '0')
}
