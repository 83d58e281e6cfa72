/** A monitor as a row of the table on /. */

import { MONITOR_TABLE_COLUMNS, type MonitorInView } from './columns.ts'
import { type Html, html } from './html.ts'
import { rowId } from './monitor-path.ts'
import { phoneLabels, tableCells } from './table.ts'

/** `now` is in milliseconds since 1970. */
export function monitorRow(row: MonitorInView, now: number): Html {
  const labels = phoneLabels(MONITOR_TABLE_COLUMNS, row, now)
  return html`<tr data-id="${rowId(row.monitor.key)}" data-state="${row.monitor.state}">
${tableCells(MONITOR_TABLE_COLUMNS, row, now, labels)}
</tr>`
}
