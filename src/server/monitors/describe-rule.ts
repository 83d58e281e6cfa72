/** A rule in words, for people: `every day at 02:00 (Europe/Berlin), 15 min of grace, runs of at most 2 h`. */

import { readableDuration } from '../../system/duration.ts'
import { parseSchedule } from '../../system/schedule.ts'
import type { Rule, RuleSchedule } from './rule.ts'

/** All parts of the rule, separated by commas. */
export function ruleInWords({ schedule, graceMs = 0, maxMs, failures = 1, recover = 1 }: Rule): string {
  return [
    schedule !== undefined && scheduleInWords(schedule),
    graceMs > 0 && `${inWords(graceMs)} of grace`,
    maxMs !== undefined && `runs of at most ${inWords(maxMs)}`,
    failures > 1 && `failing after ${failures} failures in a row`,
    recover > 1 && `healthy after ${recover} successes in a row`,
  ]
    .filter(part => part !== false)
    .join(', ')
}

export function scheduleInWords(schedule: RuleSchedule): string {
  switch (schedule.kind) {
    case 'every':
      return `every ${inWords(schedule.everyMs)}`
    case 'cron': {
      const parsed = parseSchedule(schedule.expression, schedule.zone)
      const words = parsed.ok ? parsed.schedule.words : schedule.expression
      return schedule.zone === undefined ? words : `${words} (${schedule.zone})`
    }
  }
}

function inWords(ms: number): string {
  return readableDuration(ms / 1000)
}
