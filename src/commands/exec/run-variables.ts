/** The variables that a job finds in its environment. */

import type { JobEnvironment } from '../../job/environment.ts'
import { variableValue } from '../../job/environment.ts'
import type { MetricsFolder } from '../../job/metrics-folder.ts'
import type { ExecRequest } from './exec-command.ts'
import { freshSeries } from './fresh-series.ts'

export function runVariables(
  { monitorKey, flags }: ExecRequest,
  series: string,
  environment: JobEnvironment,
  metrics: MetricsFolder,
) {
  return {
    CRONITOR_EXEC: '1',
    CRONITOR_MONITOR_KEY: monitorKey,
    CRONITOR_SERIES: series,
    CRONITOR_RUN_ID: runId(variableValue(environment, 'CRONITOR_RUN_ID'), flags.series, series),
    // Undefined: the job has none, rather than that of a run around this one.
    CRONITOR_METRICS: metrics.file,
  }
}

/**
 * A token for each run around this one, the outermost first, and one for this run, joined by colons. The processes of a
 * run are found by its token. A series that the user chose may belong to other runs too, so the token is then a new
 * one.
 */
function runId(outer: string | undefined, chosenSeries: string | undefined, series: string): string {
  const token = chosenSeries === undefined ? series : freshSeries()
  return outer ? `${outer}:${token}` : token
}
