/** When the next success of a monitor is due, or for how long it has been overdue. */

import { durationInOneUnit } from '../../system/duration.ts'
import type { MonitorEnvironment } from '../monitors/monitors.ts'
import { inEnvText } from './environment-name.ts'
import { timeFor, timeRelative } from './format.ts'
import { type Html, html } from './html.ts'

/** The most urgent one of the environments. It is named if there are several. */
export function nextSuccess(environments: readonly MonitorEnvironment[], now: number): Html {
  const [urgent] = environments.filter(({ expectMs }) => expectMs !== undefined).toSorted(byUrgency)
  if (urgent?.expectMs === undefined) return html`<span class="faint">–</span>`
  const where = environments.length > 1 ? inEnvText(urgent.env) : ''
  return html`${dueInWords(urgent, urgent.expectMs, now)} <span class="exact">every ${durationInOneUnit(urgent.expectMs)}${where}</span>`
}

function dueInWords(
  { isLate, health, since, lastSuccessAt }: MonitorEnvironment,
  expectMs: number,
  now: number,
): Html {
  // `since` is the beginning of the failures if it is failing as well.
  if (health === 'late' && since !== undefined) return html`<span>late for ${timeFor(since, now)}</span>`
  if (lastSuccessAt === undefined) return html`<span class="faint">${isLate && 'late, '}no success yet</span>`
  return html`<span>${isLate ? 'was due' : 'due'} ${timeRelative(lastSuccessAt + expectMs, now)}</span>`
}

/** Late ones come first, and then those that are due first. */
function byUrgency(a: MonitorEnvironment, b: MonitorEnvironment): number {
  return Number(b.isLate) - Number(a.isLate) || dueAt(a) - dueAt(b)
}

/** Without a success it is not known when the expectation was set. */
function dueAt({ lastSuccessAt = 0, expectMs = 0 }: MonitorEnvironment): number {
  return lastSuccessAt + expectMs
}
