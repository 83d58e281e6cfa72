/** The columns of the two tables: the monitors on /, and the runs of a monitor. Their widths are in client/style.css. */

import { readableDuration } from '../../system/duration.ts'
import type { Monitor, MonitorEnvironment, Run } from '../monitors/monitors.ts'
import { glyph } from './document.ts'
import { envName } from './environment-name.ts'
import { exactTime, timeAgo, timeFor, timeRelative } from './format.ts'
import { type Html, html } from './html.ts'
import { longRunMark } from './long-run.ts'
import { monitorPath } from './monitor-path.ts'
import { nextDue } from './next-due.ts'
import { durationLine, median, runBars } from './run-charts.ts'
import { problemInWords, problemsOf, runBadge, stateBadges } from './state-badge.ts'
import type { Column } from './table.ts'

export interface MonitorInView {
  /** In the chosen environment, if there is one. */
  readonly monitor: Monitor
  /** The chosen environment; undefined: all. */
  readonly env: string | undefined
}

export const MONITOR_TABLE_COLUMNS: readonly Column<MonitorInView>[] = [
  { header: 'State', className: 'state', cell: ({ monitor }) => stateBadges(monitor) },
  {
    header: 'Monitor',
    isRowHeader: true,
    cell: ({ monitor: { key, environments }, env }) =>
      html`<a href="${monitorPath(key, { env })}"><bdi>${key}</bdi></a>${envTags(environments)}`,
  },
  {
    header: 'Last run',
    className: 'last',
    cell: ({ monitor }, now) => {
      const at = lastRunAt(monitor)
      return html`${lastRun(monitor, now)}${at !== undefined && html` <span class="exact">${exactTime(at)}</span>`}`
    },
    hiddenBelow: '44rem',
    phoneLabel: ({ monitor }, now) => lastRun(monitor, now),
  },
  {
    header: 'Durations',
    className: 'durations',
    cell: ({ monitor }) => durations(monitor.recent),
    hiddenBelow: '68rem',
  },
  {
    header: 'Last 30 runs',
    className: 'runs',
    cell: ({ monitor: { recent } }) =>
      recent.length > 0 ? runBars(recent) : html`<span class="faint">no runs yet</span>`,
  },
  {
    header: 'Next due',
    className: 'expected',
    cell: ({ monitor }, now) => nextDue(monitor.environments, now),
    hiddenBelow: '56rem',
  },
]

export const RUN_TABLE_COLUMNS: readonly Column<Run>[] = [
  { header: 'State', className: 'state', isRowHeader: true, cell: ({ state }) => runBadge(state) },
  {
    header: 'Began',
    className: 'last',
    cell: ({ startedAt, endedAt }, now) => {
      const at = startedAt ?? endedAt
      return at !== undefined && timeAgo(at, now)
    },
  },
  { header: 'Took', className: 'number', cell: runDuration },
  {
    header: 'Exit status',
    className: 'number',
    cell: ({ statusCode }) => statusCode ?? html`<span class="faint">–</span>`,
  },
  {
    header: 'Host',
    className: 'host',
    cell: ({ host = '–' }) => html`<bdi>${host}</bdi>`,
    hiddenBelow: '44rem',
    phoneLabel: ({ host }) => host !== undefined && html`on <bdi>${host}</bdi> `,
  },
  {
    header: 'Environment',
    className: 'host',
    cell: ({ env }) => (env === undefined ? '–' : envTag(env)),
    hiddenBelow: '44rem',
    phoneLabel: ({ env }) => env !== undefined && html`in <bdi>${env}</bdi> `,
  },
]

function envTag(env: string): Html {
  return html`<span class="env">${envName(env)}</span>`
}

/** One nameless environment is not shown. Among several, those with a problem are marked. */
function envTags(environments: readonly MonitorEnvironment[]): Html | false {
  const [first, ...others] = environments
  if (first === undefined) return false
  if (others.length === 0) return first.env !== '' && html` <span class="envs">${envTag(first.env)}</span>`
  return html` <span class="envs">${environments.map(each => {
    const problem = problemInWords(each)
    return html`<span class="env${problem !== undefined && html` ${each.state}`}">${problemsOf(each).map(glyph)}${envName(each.env)}${problem !== undefined && html` <span class="unseen">is ${problem}</span>`}</span> `
  })}</span>`
}

function lastRunAt({ recent, lastEventAt }: Monitor): number | undefined {
  const run = recent.at(-1)
  return run?.endedAt ?? run?.startedAt ?? lastEventAt
}

function lastRun(monitor: Monitor, now: number): Html {
  const at = lastRunAt(monitor)
  if (at === undefined) return html`<span class="faint">nothing yet</span>`
  return monitor.recent.at(-1)?.state === 'running'
    ? html`<span>running for ${timeFor(at, now)}</span>${longRunMark(monitor.environments, now)}`
    : timeRelative(at, now)
}

function durations(runs: readonly Run[]): Html {
  const known = runs.map(run => run.durationSeconds).filter(seconds => seconds !== undefined)
  return html`${durationLine(runs)}${known.length > 0 && html`<span class="faint">median ${readableDuration(median(known))}</span>`}`
}

function runDuration({ state, startedAt, durationSeconds }: Run, now: number): Html | string {
  if (state === 'running' && startedAt !== undefined) return html`${timeFor(startedAt, now)} so far`
  return durationSeconds === undefined ? '–' : readableDuration(durationSeconds)
}
