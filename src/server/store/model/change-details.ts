/** The column `details` of a change: what notifications say about it, as JSON. The rule may be another one later. */

import { dueAt, graceOf } from '../../monitors/deadline.ts'
import type { HealthState } from '../../monitors/health.ts'
import type { Health, HealthChange } from '../../monitors/monitors.ts'

type ChangeDetails = Pick<HealthChange, 'rule' | 'dueAt' | 'since'>

/** `since`: only for a repetition. */
export function changeDetails(state: HealthState, to: Health, since?: number): string | null {
  const { rule } = state
  const details: ChangeDetails = {
    ...(rule !== null && { rule, ...missedTime(state, to) }),
    ...(since !== undefined && { since }),
  }
  return Object.keys(details).length === 0 ? null : JSON.stringify(details)
}

/** `text` comes from changeDetails(). */
export function parseDetails(text: string | null): ChangeDetails {
  return text === null ? {} : (JSON.parse(text) as ChangeDetails)
}

/** The time of the schedule that the monitor has missed. */
function missedTime(state: HealthState, to: Health): ChangeDetails {
  const { rule } = state
  if (to !== 'late' || rule?.schedule?.kind !== 'cron') return {}
  const due = dueAt(state)
  return due === undefined ? {} : { dueAt: due - graceOf(rule) }
}
