/** A monitor as a row of the page's table. */

import { durationInOneUnit, readableDuration } from '../../system/duration.ts'
import type { Monitor, MonitorState, Run } from '../monitors/monitors.ts'
import { glyph } from './document.ts'
import { exactTime, timeFor, timeRelative } from './format.ts'
import { type Html, html } from './html.ts'
import { durationLine, median, runBars } from './run-charts.ts'

/** `now` is in milliseconds since 1970. */
export function monitorRow(monitor: Monitor, now: number): Html {
  const last = monitor.recent.at(-1)
  const durations = monitor.recent.map(run => run.durationSeconds).filter(seconds => seconds !== undefined)
  return html`<tr data-id="${rowId(monitor.key)}" data-state="${monitor.state}">
<td class="state">${stateBadge(monitor.state)}</td>
<th scope="row"><a href="${monitorPath(monitor.key)}"><bdi>${monitor.key}</bdi></a>${envTags(monitor.envs)}<span class="narrow">${lastRun(last, monitor, now, false)}</span></th>
<td class="last">${lastRun(last, monitor, now, true)}</td>
<td class="durations">${durationLine(monitor.recent)}${durations.length > 0 && html`<span class="faint">median ${readableDuration(median(durations))}</span>`}</td>
<td class="runs">${monitor.recent.length > 0 ? runBars(monitor.recent) : html`<span class="faint">no runs yet</span>`}</td>
<td class="expected">${expected(monitor, now)}</td>
</tr>`
}

/** In an attribute, and in JSON for the client script: the same in both, whatever the key is. */
export function rowId(key: string): string {
  return encodeURIComponent(key)
}

export function monitorPath(key: string): string {
  return `/monitors/${encodeURIComponent(key)}`
}

const STATE_WORDS: Readonly<Record<MonitorState, string>> = {
  late: 'Late',
  failing: 'Failing',
  running: 'Running',
  healthy: 'Healthy',
  quiet: 'Quiet',
}

export function stateWord(state: MonitorState): string {
  return STATE_WORDS[state]
}

export function stateBadge(state: MonitorState): Html {
  return html`<span class="badge ${state}">${glyph(state)}<span>${STATE_WORDS[state]}</span></span>`
}

function envTags(envs: readonly string[]): Html | false {
  return (
    envs.length > 0 &&
    html` <span class="envs">${envs.map(env => html`<span class="env"><bdi>${env}</bdi></span> `)}</span>`
  )
}

/** A phone has no room for the exact time. */
function lastRun(run: Run | undefined, monitor: Monitor, now: number, withExact: boolean): Html {
  const at = run?.endedAt ?? run?.startedAt ?? monitor.lastEventAt
  if (at === undefined) return html`<span class="faint">nothing yet</span>`
  const exact = withExact && html` <span class="exact">${exactTime(at)}</span>`
  if (run?.state === 'running') return html`<span>running for ${timeFor(at, now)}</span>${exact}`
  return html`${timeRelative(at, now)}${exact}`
}

/** When the next success has to be there, or since when it is missing. */
function expected({ expectMs, lastSuccessAt, state, since }: Monitor, now: number): Html {
  if (expectMs === undefined) return html`<span class="faint">–</span>`
  const every = html`<span class="exact">every ${durationInOneUnit(expectMs)}</span>`
  if (state === 'late' && since !== undefined) {
    return html`<span>late for ${timeFor(since, now)}</span> ${every}`
  }
  if (lastSuccessAt === undefined) return html`<span class="faint">no success yet</span> ${every}`
  const due = lastSuccessAt + expectMs
  return html`<span>due ${timeRelative(due, now)}</span> ${every}`
}
