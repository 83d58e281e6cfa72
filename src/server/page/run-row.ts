/** A run as two rows of the table on a monitor's page: its columns, and below them its message. */

import { lastLine } from '../../telemetry/last-line.ts'
import type { Run } from '../monitors/monitors.ts'
import { RUN_TABLE_COLUMNS } from './columns.ts'
import { type Html, html } from './html.ts'
import { phoneLabels, tableCells } from './table.ts'

/** Longer messages are folded, so that the table stays easy to scan. */
const UNFOLDED_LINES = 4
const UNFOLDED_CHARACTERS = 400

/** `now` is in milliseconds since 1970. */
export function runRows(run: Run, now: number): Html {
  const series = run.series === undefined ? 'without a series' : html`series <code>${run.series}</code>`
  return html`<tbody data-id="run-${run.id}">
<tr>
${tableCells(RUN_TABLE_COLUMNS, run, now)}
</tr>
<tr class="said"><td colspan="${RUN_TABLE_COLUMNS.length}">${message(run.message)}<p class="faint">${phoneLabels(RUN_TABLE_COLUMNS, run, now)}${series}</p></td></tr>
</tbody>`
}

/** A folded message shows its last line, which usually says why a job failed. */
function message(text: string | undefined): Html | false {
  const trimmed = text?.trimEnd() ?? ''
  if (trimmed === '') return false
  const lines = trimmed.split('\n')
  if (lines.length <= UNFOLDED_LINES && trimmed.length <= UNFOLDED_CHARACTERS)
    return html`<pre>${trimmed}</pre>`
  return html`<details><summary><span class="last-line">${lastLine(trimmed, 160)}</span> <span class="faint">${lines.length} ${lines.length === 1 ? 'line' : 'lines'}</span></summary><pre>${trimmed}</pre></details>`
}
