/** A monitor as a row of the table on /. */

import type { Monitor } from '../monitors/monitors.ts'
import { MONITOR_TABLE_COLUMNS } from './columns.ts'
import { type Html, html } from './html.ts'
import { rowId } from './monitor-path.ts'
import { phoneLabels, tableCells } from './table.ts'

/** `now` is in milliseconds since 1970. */
export function monitorRow(monitor: Monitor, now: number): Html {
  const labels = phoneLabels(MONITOR_TABLE_COLUMNS, monitor, now)
  return html`<tr data-id="${rowId(monitor.key)}" data-state="${monitor.state}">
${tableCells(MONITOR_TABLE_COLUMNS, monitor, now, labels)}
</tr>`
}
