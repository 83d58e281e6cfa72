/** The page of one monitor: facts, timeline, and a table of its runs with their messages. */

import { readableDuration } from '../../system/duration.ts'
import { ruleInWords } from '../monitors/describe-rule.ts'
import type { Monitor, MonitorEnvironment, Run } from '../monitors/monitors.ts'
import { RUN_TABLE_COLUMNS } from './columns.ts'
import { inEnvText } from './environment-name.ts'
import { environmentTable } from './environment-table.ts'
import { timeAgo, timeFor } from './format.ts'
import { type Html, html } from './html.ts'
import { longRunMark } from './long-run.ts'
import { listingSearch } from './monitor-listing.ts'
import { monitorPath } from './monitor-path.ts'
import { zonedDueTime } from './next-due.ts'
import { median } from './run-charts.ts'
import { runRows } from './run-row.ts'
import { stateBadges } from './state-badge.ts'
import { tableHead } from './table.ts'
import { timeline } from './timeline.ts'

/** In the table; the timeline shows more. */
export const RUNS_A_PAGE = 50

export const RUNS_IN_TIMELINE = 200

export interface MonitorPage {
  /** In all its environments. */
  readonly monitor: Monitor
  /** The environment that is shown, one of the monitor's; undefined: all. */
  readonly env: string | undefined
  /** Only those of `env`. Newest first, at most RUNS_IN_TIMELINE. The table shows the first RUNS_A_PAGE. */
  readonly runs: readonly Run[]
  /** Only runs with a smaller id are shown; undefined: from the newest run. */
  readonly before: number | undefined
  /** Milliseconds since 1970. */
  readonly now: number
}

export function monitorMain(page: MonitorPage): Html {
  const { monitor, env, runs, now } = page
  const { key } = monitor
  return html`<nav class="crumbs" aria-label="Breadcrumb"><a href="/${listingSearch({ text: '', page: 1, ...(env !== undefined && { env }) })}">Monitors${inEnvText(env)}</a> <span aria-hidden="true">/</span>${env !== undefined && html` <a href="${monitorPath(key)}"><bdi>${key}</bdi></a> <span aria-hidden="true">/</span>`}</nav>
<h1><bdi>${key}</bdi>${env !== undefined && html`<bdi class="faint">${inEnvText(env)}</bdi>`}</h1>
<div data-part="facts">${facts(page)}</div>
<div data-part="environments">${environmentTable(monitor, env, now)}</div>
<section class="card" aria-label="Timeline of runs"><div data-part="timeline">${timelineOrNot(page)}</div></section>
<h2>Runs</h2>
<div class="card"><table class="of-runs" id="rows" data-before="${page.before ?? ''}">
<caption class="unseen">Runs of ${key}${inEnvText(env)}, newest first</caption>
${tableHead(RUN_TABLE_COLUMNS)}
${runs.slice(0, RUNS_A_PAGE).map(run => runRows(run, now))}
</table>
<div data-part="empty">${noRuns(page)}</div></div>
<div data-part="pager">${runPager(page)}</div>`
}

/** The figures are about the runs in `runs`, not about all runs of the monitor. */
export function facts(page: MonitorPage): Html {
  const { monitor, runs, now } = page
  const shown = shownOf(page)
  const durations = runs.map(run => run.durationSeconds).filter(seconds => seconds !== undefined)
  const ended = runs.filter(run => run.state === 'complete' || run.state === 'failed')
  const complete = ended.filter(run => run.state === 'complete').length
  const fact = (name: string, value: Html | string | false) =>
    value !== false && html`<div><dt>${name}</dt><dd>${value}</dd></div>`
  // The last success of any environment says nothing about the others. The table has that of each.
  const isMixed = page.env === undefined && monitor.environments.length > 1
  return html`<dl class="facts">
${fact('State', stateBadges(shown))}
${fact('Since', shown.since !== undefined && timeAgo(shown.since, now))}
${fact('Running', !isMixed && shown.runningSince !== undefined && html`for ${timeFor(shown.runningSince, now)}${longRunMark([{ ...shown, env: '' }], now)}`)}
${fact('Last success', !isMixed && (shown.lastSuccessAt !== undefined ? timeAgo(shown.lastSuccessAt, now) : 'none yet'))}
${fact('Expected', !isMixed && shown.rule !== undefined && ruleInWords(shown.rule))}
${fact('Next due', !isMixed && (zonedDueTime(shown, now) ?? false))}
${fact('Median duration', durations.length > 0 && readableDuration(median(durations)))}
${fact(`Last ${ended.length} ended`, ended.length > 0 && `${complete} complete, ${ended.length - complete} failed`)}
${fact('Environment', page.env === undefined && !isMixed && monitor.envs.length > 0 && html`<span class="env"><bdi>${monitor.envs[0]}</bdi></span>`)}
</dl>`
}

/** What the page is about: the monitor as a whole, or in the chosen environment. */
export function shownOf({
  monitor,
  env,
}: Pick<MonitorPage, 'monitor' | 'env'>): Omit<MonitorEnvironment, 'env'> {
  const [first, ...others] = monitor.environments
  if (env === undefined) return first !== undefined && others.length === 0 ? first : monitor
  return monitor.environments.find(each => each.env === env) ?? monitor
}

export function timelineOrNot({ runs }: Pick<MonitorPage, 'runs'>): Html {
  return timeline(runs) ?? html`<p class="faint">No runs to show yet.</p>`
}

export function noRuns({ env, runs, before }: Pick<MonitorPage, 'env' | 'runs' | 'before'>): Html | false {
  if (runs.length > 0) return false
  return html`<div class="empty"><p>${before === undefined ? `The server has received no run of this monitor${inEnvText(env)} yet.` : 'There are no older runs.'}</p></div>`
}

export function runPager({ monitor, env, runs, before }: MonitorPage): Html | false {
  const last = runs[RUNS_A_PAGE - 1]
  const hasMore = runs.length > RUNS_A_PAGE
  if (before === undefined && !hasMore) return false
  const link = (to?: number) => monitorPath(monitor.key, { env, before: to })
  return html`<nav class="pager" aria-label="Pages of runs">${before !== undefined && html`<a class="button" href="${link()}">Newest runs</a>`}${hasMore && last !== undefined && html`<a class="button" rel="next" href="${link(last.id)}">Older runs</a>`}</nav>`
}
