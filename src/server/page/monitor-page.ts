/** The page of one monitor: facts, timeline, and a table of its runs with their messages. */

import { durationInOneUnit, readableDuration } from '../../system/duration.ts'
import type { Monitor, Run } from '../monitors/monitors.ts'
import { RUN_TABLE_COLUMNS } from './columns.ts'
import { timeAgo } from './format.ts'
import { type Html, html } from './html.ts'
import { monitorPath } from './monitor-path.ts'
import { median } from './run-charts.ts'
import { runRows } from './run-row.ts'
import { stateBadge } from './state-badge.ts'
import { tableHead } from './table.ts'
import { timeline } from './timeline.ts'

/** In the table; the timeline shows more. */
export const RUNS_A_PAGE = 50

export const RUNS_IN_TIMELINE = 200

export interface MonitorPage {
  readonly monitor: Monitor
  /** Newest first, at most RUNS_IN_TIMELINE. The table shows the first RUNS_A_PAGE. */
  readonly runs: readonly Run[]
  /** Only runs with a smaller id are shown; undefined: from the newest run. */
  readonly before: number | undefined
  /** Milliseconds since 1970. */
  readonly now: number
}

export function monitorMain(page: MonitorPage): Html {
  const { monitor, runs, now } = page
  return html`<nav class="crumbs" aria-label="Breadcrumb"><a href="/">Monitors</a> <span aria-hidden="true">/</span></nav>
<h1><bdi>${monitor.key}</bdi></h1>
<div data-part="facts">${facts(page)}</div>
<section class="card" aria-label="Timeline of runs"><div data-part="timeline">${timelineOrNot(page)}</div></section>
<h2>Runs</h2>
<div class="card"><table class="of-runs" id="rows" data-before="${page.before ?? ''}">
<caption class="unseen">Runs of ${monitor.key}, newest first</caption>
${tableHead(RUN_TABLE_COLUMNS)}
${runs.slice(0, RUNS_A_PAGE).map(run => runRows(run, now))}
</table>
<div data-part="empty">${noRuns(page)}</div></div>
<div data-part="pager">${runPager(page)}</div>`
}

/** The figures are about the runs in `runs`, not about all runs of the monitor. */
export function facts({ monitor, runs, now }: MonitorPage): Html {
  const durations = runs.map(run => run.durationSeconds).filter(seconds => seconds !== undefined)
  const ended = runs.filter(run => run.state === 'complete' || run.state === 'failed')
  const complete = ended.filter(run => run.state === 'complete').length
  const fact = (name: string, value: Html | string | false) =>
    value !== false && html`<div><dt>${name}</dt><dd>${value}</dd></div>`
  return html`<dl class="facts">
${fact('State', html`${stateBadge(monitor.state)}`)}
${fact('Since', monitor.since !== undefined && timeAgo(monitor.since, now))}
${fact('Last success', monitor.lastSuccessAt !== undefined ? timeAgo(monitor.lastSuccessAt, now) : 'none yet')}
${fact('Expected', monitor.expectMs !== undefined && `every ${durationInOneUnit(monitor.expectMs)}`)}
${fact('Median duration', durations.length > 0 && readableDuration(median(durations)))}
${fact(`Last ${ended.length} ended`, ended.length > 0 && `${complete} complete, ${ended.length - complete} failed`)}
${fact('Environments', monitor.envs.length > 0 && html`${monitor.envs.map(env => html`<span class="env"><bdi>${env}</bdi></span> `)}`)}
</dl>`
}

export function timelineOrNot({ runs }: Pick<MonitorPage, 'runs'>): Html {
  return timeline(runs) ?? html`<p class="faint">No runs to show yet.</p>`
}

export function noRuns({ runs, before }: Pick<MonitorPage, 'runs' | 'before'>): Html | false {
  if (runs.length > 0) return false
  return html`<div class="empty"><p>${before === undefined ? 'The server has received no run of this monitor yet.' : 'There are no older runs.'}</p></div>`
}

export function runPager({ monitor, runs, before }: MonitorPage): Html | false {
  const last = runs[RUNS_A_PAGE - 1]
  const hasMore = runs.length > RUNS_A_PAGE
  if (before === undefined && !hasMore) return false
  const path = monitorPath(monitor.key)
  return html`<nav class="pager" aria-label="Pages of runs">${before !== undefined && html`<a class="button" href="${path}">Newest runs</a>`}${hasMore && last !== undefined && html`<a class="button" rel="next" href="${path}?before=${last.id}">Older runs</a>`}</nav>`
}
