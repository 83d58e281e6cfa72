/** Why a health has changed, in words: what follows from the rule of the monitor. */

import { readableDuration } from '../../system/duration.ts'
import { hostZone } from '../../system/schedule/zone-clock.ts'
import { graceOf } from '../monitors/deadline.ts'
import type { HealthChange } from '../monitors/monitors.ts'
import { zonedClockTime, zonedTime } from '../monitors/zoned-time.ts'

/** Undefined if no rule says more than the change itself. */
export function changeReason(change: HealthChange): string | undefined {
  const { from, to, rule = {}, since } = change
  const { maxMs, failures = 1, recover = 1 } = rule
  switch (to) {
    case 'late':
      return lateReason(change)
    case 'overrunning':
      return maxMs === undefined ? undefined : `has been running for more than ${inWords(maxMs)}`
    case 'failing':
      return failures > 1 && since === undefined ? `${failures} failures in a row` : undefined
    case 'healthy':
      if (from === 'failing' && recover > 1) return `${recover} successes in a row`
      return from === 'overrunning' ? endOfOverrun(change) : undefined
    case 'unknown':
      return undefined
  }
}

function lateReason({ rule, dueAt, at, since }: HealthChange): string | undefined {
  if (rule?.schedule === undefined) return undefined
  const { schedule } = rule
  switch (schedule.kind) {
    case 'every':
      return `no success for more than ${inWords(schedule.everyMs + graceOf(rule))}`
    case 'cron': {
      const zone = schedule.zone ?? hostZone()
      if (since !== undefined) return `nothing has started since ${zonedTime(since, zone)} ${zone}`
      return dueAt === undefined ? undefined : missedTime(dueAt, at, zone)
    }
  }
}

/** `was due at 02:00 Europe/Berlin, nothing has started by 02:15`, with the days if they are not the same. */
function missedTime(dueAt: number, at: number, zone: string): string {
  const [due, by] = [zonedTime(dueAt, zone), zonedTime(at, zone)]
  const isOneDay = due.slice(0, 10) === by.slice(0, 10)
  const [shownDue, shownBy] = isOneDay ? [zonedClockTime(dueAt, zone), zonedClockTime(at, zone)] : [due, by]
  return `was due at ${shownDue} ${zone}, nothing has started by ${shownBy}`
}

function endOfOverrun({ run }: HealthChange): string | undefined {
  if (run?.durationSeconds === undefined) return undefined
  return `its run has ended after ${readableDuration(run.durationSeconds)}`
}

function inWords(ms: number): string {
  return readableDuration(ms / 1000)
}
