/** Reads the metrics that a job has appended to the file in CRONITOR_METRICS. */

import type { WrittenMetrics } from '../../../job/metrics-folder.ts'
import type { Metric } from '../../../telemetry/event.ts'
import { createMetricList } from './metric-list.ts'

export interface ReadMetrics {
  readonly metrics: readonly Metric[]
  readonly warnings: readonly string[]
}

const VARIABLE = 'CRONITOR_METRICS'

/**
 * Lines of the form `NAME=VALUE`. Blank lines and lines that start with `#` are left out.
 *
 * @param earlier metrics from the output. The file's replace those of the same name.
 */
export function readMetrics(written: WrittenMetrics, earlier: readonly Metric[] = []): ReadMetrics {
  const list = createMetricList()
  for (const { name, value } of earlier) list.add(name, String(value), VARIABLE)
  switch (written.kind) {
    case 'none':
      break
    case 'unusable':
      list.addProblem(`the file ${written.problem}; its metrics are not reported`, VARIABLE)
      break
    case 'text':
      addLines(written.text)
      break
    default:
      written satisfies never
  }
  return { metrics: list.metrics(), warnings: list.warnings() }

  function addLines(text: string): void {
    for (const [index, raw] of text.split('\n').entries()) {
      const line = raw.trim()
      if (line === '' || line.startsWith('#')) continue
      const equals = line.indexOf('=')
      const source = `${VARIABLE}, line ${index + 1}`
      if (equals === -1) list.addProblem(`"${line.slice(0, 100)}" is not NAME=VALUE`, source)
      else list.add(line.slice(0, equals).trim(), line.slice(equals + 1).trim(), source)
    }
  }
}
