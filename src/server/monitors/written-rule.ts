/** A rule as it is written on the command line: `cron "0 2 * * *" tz Europe/Berlin grace 15m`. */

import type { Rule, RuleSchedule } from './rule.ts'

/** commands/serve/parse-rule.ts reads it. */
export function writtenRule({ schedule, graceMs, maxMs, failures, recover }: Rule): string {
  return [
    ...scheduleWords(schedule),
    ...(graceMs === undefined ? [] : [`grace ${durationWord(graceMs)}`]),
    ...(maxMs === undefined ? [] : [`max ${durationWord(maxMs)}`]),
    ...(failures === undefined ? [] : [`failures ${failures}`]),
    ...(recover === undefined ? [] : [`recover ${recover}`]),
  ].join(' ')
}

function scheduleWords(schedule: RuleSchedule | undefined): string[] {
  switch (schedule?.kind) {
    case undefined:
      return []
    case 'every':
      return [`every ${durationWord(schedule.everyMs)}`]
    case 'cron':
      return [
        `cron "${schedule.expression}"`,
        ...(schedule.zone === undefined ? [] : [`tz ${schedule.zone}`]),
      ]
  }
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const

/** In the largest unit that is exact: `25h`, `90s`, `1500ms`. */
function durationWord(ms: number): string {
  if (ms === 0) return '0s'
  const unit = UNITS.find(([, length]) => ms % length === 0)
  return unit === undefined ? `${ms}ms` : `${ms / unit[1]}${unit[0]}`
}
