/** A run as it stands in the table of a monitor's page: its facts, and below them what it has said. */

import { readableDuration } from '../../system/duration.ts'
import { lastLine } from '../../telemetry/last-line.ts'
import type { Run } from '../monitors/monitors.ts'
import type { RunState } from '../monitors/run-state.ts'
import { glyph } from './document.ts'
import { timeAgo, timeFor } from './format.ts'
import { type Html, html } from './html.ts'

/** A longer message is folded up: the table is there to be looked over. */
const UNFOLDED_LINES = 4
const UNFOLDED_CHARACTERS = 400

const WORDS: Readonly<Record<RunState, string>> = {
  complete: 'Complete',
  failed: 'Failed',
  running: 'Running',
  lost: 'No end',
}

const SHAPES: Readonly<Record<RunState, string>> = {
  complete: 'healthy',
  failed: 'failing',
  running: 'running',
  lost: 'lost',
}

/** `now` is in milliseconds since 1970. */
export function runRows(run: Run, now: number): Html {
  const at = run.startedAt ?? run.endedAt
  return html`<tbody data-id="run-${run.id}">
<tr>
<th scope="row" class="state"><span class="badge ${SHAPES[run.state]}">${glyph(SHAPES[run.state])}<span>${WORDS[run.state]}</span></span></th>
<td class="last">${at !== undefined && timeAgo(at, now)}</td>
<td class="number">${duration(run, now)}</td>
<td class="number">${run.statusCode ?? html`<span class="faint">–</span>`}</td>
<td class="host"><bdi>${run.host ?? '–'}</bdi></td>
<td class="host">${run.env !== undefined ? html`<span class="env"><bdi>${run.env}</bdi></span>` : '–'}</td>
</tr>
<tr class="said"><td colspan="6">${message(run.message)}<p class="faint">${run.host !== undefined && html`<span class="narrow">on <bdi>${run.host}</bdi> </span>`}${run.env !== undefined && html`<span class="narrow">in <bdi>${run.env}</bdi> </span>`}${run.series !== undefined ? html`series <code>${run.series}</code>` : 'without a series'}</p></td></tr>
</tbody>`
}

function duration(run: Run, now: number): Html | string {
  if (run.state === 'running' && run.startedAt !== undefined) {
    return html`${timeFor(run.startedAt, now)} so far`
  }
  return run.durationSeconds === undefined ? '–' : readableDuration(run.durationSeconds)
}

/** The last line is the one that says most: what is cut of a message is cut at its front. */
function message(text: string | undefined): Html | false {
  const trimmed = text?.trimEnd() ?? ''
  if (trimmed === '') return false
  const lines = trimmed.split('\n')
  if (lines.length <= UNFOLDED_LINES && trimmed.length <= UNFOLDED_CHARACTERS)
    return html`<pre>${trimmed}</pre>`
  return html`<details><summary><span class="last-line">${lastLine(trimmed, 160)}</span> <span class="faint">${lines.length} ${lines.length === 1 ? 'line' : 'lines'}</span></summary><pre>${trimmed}</pre></details>`
}
