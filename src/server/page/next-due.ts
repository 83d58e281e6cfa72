/** When a monitor is due next by its rule, or for how long it has been late. */

import { hostZone } from '../../system/schedule/zone-clock.ts'
import { graceOf } from '../monitors/deadline.ts'
import { scheduleInWords } from '../monitors/describe-rule.ts'
import type { MonitorEnvironment } from '../monitors/monitors.ts'
import { zonedTime } from '../monitors/zoned-time.ts'
import { inEnvText } from './environment-name.ts'
import { timeFor, timeRelative } from './format.ts'
import { type Html, html } from './html.ts'

/** The most urgent one of the environments. It is named if there are several. */
export function nextDue(environments: readonly MonitorEnvironment[], now: number): Html {
  const [urgent] = environments.filter(({ rule }) => rule?.schedule !== undefined).toSorted(byUrgency)
  const schedule = urgent?.rule?.schedule
  if (urgent === undefined || schedule === undefined) return html`<span class="faint">–</span>`
  const where = environments.length > 1 ? inEnvText(urgent.env) : ''
  return html`<span>${dueInWords(urgent, now)}</span> <span class="exact">${scheduleInWords(schedule)}${where}</span>`
}

type DueTimes = Pick<MonitorEnvironment, 'isLate' | 'health' | 'since' | 'nextDueAt' | 'rule'>

function dueInWords(of: DueTimes, now: number): Html {
  const { isLate, health, since } = of
  // `since` is the beginning of the failures if it is failing as well.
  if (health === 'late' && since !== undefined) return html`late for ${timeFor(since, now)}`
  const at = dueAt(of)
  if (isLate) return html`late${at !== undefined && html`, was due ${timeRelative(at, now)}`}`
  return html`due${at !== undefined && html` ${timeRelative(at, now)}`}`
}

/** In the zone of the rule, for the page of the monitor. Undefined without a schedule. */
export function zonedDueTime(of: DueTimes, now: number): Html | undefined {
  const at = dueAt(of)
  if (at === undefined) return undefined
  const schedule = of.rule?.schedule
  const zone = (schedule?.kind === 'cron' ? schedule.zone : undefined) ?? hostZone()
  return html`${timeRelative(at, now)} <span class="exact">${zonedTime(at, zone)} ${zone}</span>`
}

/** The time of the schedule: `nextDueAt` includes the grace. */
function dueAt({ nextDueAt, rule }: Pick<DueTimes, 'nextDueAt' | 'rule'>): number | undefined {
  return nextDueAt === undefined || rule === undefined ? undefined : nextDueAt - graceOf(rule)
}

/** Late ones come first, and then those that are due first. */
function byUrgency(a: MonitorEnvironment, b: MonitorEnvironment): number {
  return Number(b.isLate) - Number(a.isLate) || (dueAt(a) ?? 0) - (dueAt(b) ?? 0)
}
