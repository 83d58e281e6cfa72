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
    case 'cron':
      return schedule.zone === undefined
        ? cronInWords(schedule.expression)
        : `${cronInWords(schedule.expression)} (${schedule.zone})`
  }
}

/** To parse an expression takes a millisecond, and a page shows a hundred of them. */
const knownWords = new Map<string, string>()

const MAX_KNOWN = 1000

/** The words do not depend on the zone. */
function cronInWords(expression: string): string {
  const known = knownWords.get(expression)
  if (known !== undefined) return known
  const parsed = parseSchedule(expression)
  const words = parsed.ok ? parsed.schedule.words : expression
  if (knownWords.size >= MAX_KNOWN) knownWords.clear()
  knownWords.set(expression, words)
  return words
}

function inWords(ms: number): string {
  return readableDuration(ms / 1000)
}
