/** The columns of the two tables: the monitors on /, and the runs of a monitor. Their widths are in client/style.css. */

import { durationInOneUnit, readableDuration } from '../../system/duration.ts'
import type { Monitor, Run } from '../monitors/monitors.ts'
import { exactTime, timeAgo, timeFor, timeRelative } from './format.ts'
import { type Html, html } from './html.ts'
import { monitorPath } from './monitor-path.ts'
import { durationLine, median, runBars } from './run-charts.ts'
import { runBadge, stateBadge } from './state-badge.ts'
import type { Column } from './table.ts'

export const MONITOR_TABLE_COLUMNS: readonly Column<Monitor>[] = [
  { header: 'State', className: 'state', cell: ({ state }) => stateBadge(state) },
  {
    header: 'Monitor',
    isRowHeader: true,
    cell: ({ key, envs }) =>
      html`<a href="${monitorPath(key)}"><bdi>${key}</bdi></a>${envs.length > 0 && html` <span class="envs">${envs.map(env => html`${envTag(env)} `)}</span>`}`,
  },
  {
    header: 'Last run',
    className: 'last',
    cell: (monitor, now) => {
      const at = lastRunAt(monitor)
      return html`${lastRun(monitor, now)}${at !== undefined && html` <span class="exact">${exactTime(at)}</span>`}`
    },
    hiddenBelow: '44rem',
    phoneLabel: lastRun,
  },
  {
    header: 'Durations',
    className: 'durations',
    cell: ({ recent }) => durations(recent),
    hiddenBelow: '68rem',
  },
  {
    header: 'Last 30 runs',
    className: 'runs',
    cell: ({ recent }) =>
      recent.length > 0 ? runBars(recent) : html`<span class="faint">no runs yet</span>`,
  },
  { header: 'Next success', className: 'expected', cell: nextSuccess, hiddenBelow: '56rem' },
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
  return html`<span class="env"><bdi>${env}</bdi></span>`
}

function lastRunAt({ recent, lastEventAt }: Monitor): number | undefined {
  const run = recent.at(-1)
  return run?.endedAt ?? run?.startedAt ?? lastEventAt
}

function lastRun(monitor: Monitor, now: number): Html {
  const at = lastRunAt(monitor)
  if (at === undefined) return html`<span class="faint">nothing yet</span>`
  return monitor.recent.at(-1)?.state === 'running'
    ? html`<span>running for ${timeFor(at, now)}</span>`
    : timeRelative(at, now)
}

function durations(runs: readonly Run[]): Html {
  const known = runs.map(run => run.durationSeconds).filter(seconds => seconds !== undefined)
  return html`${durationLine(runs)}${known.length > 0 && html`<span class="faint">median ${readableDuration(median(known))}</span>`}`
}

/** When the next success is due, or for how long it has been overdue. */
function nextSuccess({ expectMs, lastSuccessAt, state, since }: Monitor, now: number): Html {
  if (expectMs === undefined) return html`<span class="faint">–</span>`
  const every = html`<span class="exact">every ${durationInOneUnit(expectMs)}</span>`
  if (state === 'late' && since !== undefined) {
    return html`<span>late for ${timeFor(since, now)}</span> ${every}`
  }
  if (lastSuccessAt === undefined) return html`<span class="faint">no success yet</span> ${every}`
  return html`<span>due ${timeRelative(lastSuccessAt + expectMs, now)}</span> ${every}`
}

function runDuration({ state, startedAt, durationSeconds }: Run, now: number): Html | string {
  if (state === 'running' && startedAt !== undefined) return html`${timeFor(startedAt, now)} so far`
  return durationSeconds === undefined ? '–' : readableDuration(durationSeconds)
}
