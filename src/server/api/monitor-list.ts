/** The answer of `/api/monitors`: all monitors, as parts of one JSON text. */

import { printableJson } from '../../system/printable.ts'
import { type MonitorSource, monitorSlices } from '../store/monitor-slices.ts'
import type { MonitorQuery } from '../store/store.ts'
import { monitorJson } from './monitor-json.ts'

export async function* monitorList(
  source: MonitorSource,
  query: Pick<MonitorQuery, 'env'> & { readonly recent: number },
): AsyncGenerator<string, void> {
  yield '{"monitors":['
  let separator = ''
  const slices = monitorSlices(source, query, monitors =>
    monitors.map(monitor => printableJson(monitorJson(monitor))).join(','),
  )
  for await (const slice of slices) {
    if (slice === '') continue
    yield `${separator}${slice}`
    separator = ','
  }
  yield ']}\n'
}
