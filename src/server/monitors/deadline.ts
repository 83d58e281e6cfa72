/** When a monitor becomes late by its rule. */

import { parseSchedule, type Schedule } from '../../system/schedule.ts'
import type { Rule, RuleSchedule } from './rule.ts'

/**
 * The grace of a `cron` rule that names none: a job starts up to a second after its time, and its event needs a moment to
 * arrive.
 */
export const DEFAULT_CRON_GRACE_MS = 60_000

/** A start that is reported so long before a scheduled time belongs to it: the clocks of two hosts differ. */
const CLOCK_LEEWAY_MS = 60_000

/** What is known of a monitor. Times are in milliseconds since 1970. */
export interface Deadline {
  readonly rule: Rule | null
  /** From when the rule counts: when it was set, or when the clock was set forward. */
  readonly expectSince: number | null
  readonly lastSuccessAt: number | null
  /** Of the latest run, or its end if no start was received. Only kept for `cron` rules. */
  readonly lastStartAt: number | null
}

/** How long after a time of its schedule a monitor becomes late. 0 without a schedule. */
export function graceOf({ schedule, graceMs }: Rule): number {
  return graceMs ?? (schedule?.kind === 'cron' ? DEFAULT_CRON_GRACE_MS : 0)
}

/** The last moment at which the monitor is not late; undefined if it cannot become late. */
export function dueAt({ rule, expectSince, lastSuccessAt, lastStartAt }: Deadline): number | undefined {
  if (rule?.schedule === undefined) return undefined
  const since = expectSince ?? 0
  const { schedule } = rule
  switch (schedule.kind) {
    case 'every':
      return Math.max(lastSuccessAt ?? 0, since) + schedule.everyMs + graceOf(rule)
    case 'cron': {
      const next = nextExpectedStart(schedule, since, lastStartAt ?? 0)
      return next === undefined ? undefined : next + graceOf(rule)
    }
  }
}

/** The first scheduled time after `since` that is not met by a start at `lastStartAt`. */
function nextExpectedStart(
  rule: RuleSchedule & { readonly kind: 'cron' },
  since: number,
  lastStartAt: number,
): number | undefined {
  const unmet = firstUnmet(rule, lastStartAt)
  if (unmet === undefined || unmet > since) return unmet
  return scheduleOf(rule).schedule?.nextAfter(since)
}

interface KnownSchedule {
  /** Undefined if the expression is wrong, for example because it comes from a newer version. */
  readonly schedule: Schedule | undefined
  /** The latest answers of firstUnmet(), each with the starts to which it applies: from `from` on, before `to`. */
  readonly answers: { from: number; readonly to: number; readonly next: number }[]
}

/**
 * A search for the next time of a cron expression takes as long as storing an event, and every monitor is judged once a
 * minute. Most starts of a schedule lie between the same two times.
 */
const schedules = new Map<string, KnownSchedule>()

const MAX_SCHEDULES = 10_000

const MAX_ANSWERS = 8

function scheduleOf({ expression, zone }: RuleSchedule & { readonly kind: 'cron' }): KnownSchedule {
  const name = JSON.stringify([expression, zone])
  const found = schedules.get(name)
  if (found !== undefined) return found
  const parsed = parseSchedule(expression, zone)
  const known: KnownSchedule = { schedule: parsed.ok ? parsed.schedule : undefined, answers: [] }
  if (schedules.size >= MAX_SCHEDULES) schedules.clear()
  schedules.set(name, known)
  return known
}

/** The first scheduled time that a start at `start` does not meet. */
function firstUnmet(rule: RuleSchedule & { readonly kind: 'cron' }, start: number): number | undefined {
  const { schedule, answers } = scheduleOf(rule)
  const known = answers.find(({ from, to }) => from <= start && start < to)
  if (known !== undefined || schedule === undefined) return known?.next
  const following = schedule.nextAfter(start)
  if (following === undefined) return undefined
  const isMet = start >= following - leewayBefore(schedule, following)
  const next = isMet ? schedule.nextAfter(following) : following
  if (next === undefined) return undefined
  const to = next - leewayBefore(schedule, next)
  const same = answers.find(answer => answer.next === next)
  if (same !== undefined) same.from = Math.min(same.from, start)
  else answers.unshift({ from: start, to, next })
  answers.length = Math.min(answers.length, MAX_ANSWERS)
  return next
}

/** At most half the distance to the time before, so that a late start does not count for the next time as well. */
function leewayBefore(schedule: Schedule, time: number): number {
  let previous: number | undefined
  let next = schedule.nextAfter(time - 2 * CLOCK_LEEWAY_MS - 1)
  while (next !== undefined && next < time) {
    previous = next
    next = schedule.nextAfter(next)
  }
  return previous === undefined ? CLOCK_LEEWAY_MS : (time - previous) / 2
}
