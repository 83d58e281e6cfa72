/**
 * The health of a monitor in one environment, which follows from three facts. It is the worst of those that are true.
 *
 * - Failing: so many runs in a row have failed, and since then not so many have succeeded. The rule says how many; 1 if it
 *   does not.
 * - Late: by an `every` rule no success, by a `cron` rule no start came in time (deadline.ts).
 * - Overrunning: a run is open for longer than the rule allows.
 *
 * People are notified of the worst fact only: for a monitor that is failing, lateness is no news.
 *
 * Lateness ends with a success (`every`) or a start (`cron`), unless that happened so long ago that the monitor is still
 * overdue. Events count in the order in which they happened, so that a delayed one does not replace a newer one.
 */

import { type Deadline, dueAt } from './deadline.ts'
import type { Health } from './monitors.ts'
import type { Rule } from './rule.ts'

export interface HealthState extends Deadline {
  readonly outcome: 'unknown' | 'healthy' | 'failing'
  /** When the latest end or `ok` happened. All times here are in milliseconds since 1970. */
  readonly outcomeAt: number | null
  /** How many of the latest ends and `ok` in a row were successes; negative if they were failures. 0 before the first. */
  readonly inARow: number
  readonly isLate: boolean
  readonly isOverrunning: boolean
  /** When the health last changed. */
  readonly since: number | null
  readonly lastFailureAt: number | null
}

export interface HealthStep {
  readonly state: HealthState
  /** Undefined if nobody must be notified: the health has not changed, or only by a first success. */
  readonly change: { readonly from: Health; readonly to: Health; readonly at: number } | undefined
}

export function healthOf({
  outcome,
  isLate,
  isOverrunning,
}: Pick<HealthState, 'outcome' | 'isLate' | 'isOverrunning'>): Health {
  if (outcome === 'failing') return outcome
  if (isLate) return 'late'
  return isOverrunning ? 'overrunning' : outcome
}

/** True if starts of runs change the health. */
export function countsStarts({ rule }: Pick<HealthState, 'rule'>): boolean {
  return rule?.schedule?.kind === 'cron'
}

/** The health after a `run` event that happened at `at` and was received at `now`. Only if countsStarts(). */
export function afterStart(before: HealthState, at: number, now: number): HealthStep {
  const next = { ...before, lastStartAt: Math.max(at, pastTime(before.lastStartAt, now)) }
  return step(before, { ...next, isLate: before.isLate && isOverdue(next, now) }, at, now)
}

/** A `complete`, `fail` or `ok`. */
export interface EndOfRun {
  readonly outcome: 'healthy' | 'failing'
  readonly at: number
  /** Undefined if no start was received. */
  readonly startedAt: number | undefined
  /** The start of the oldest run that is open after this end; only needed if the monitor is overrunning. */
  readonly runningSince: number | undefined
}

/** The health after an end that was received at `now`. */
export function afterEnd(before: HealthState, end: EndOfRun, now: number): HealthStep {
  const { at } = end
  const isSuccess = end.outcome === 'healthy'
  const outcomeAt = pastTime(before.outcomeAt, now)
  const isLatest = at >= outcomeAt
  const inARow = countInARow(before, end, isLatest, now)
  const counted = countsStarts(before)
  // All fields are listed, because object spread takes several times as long and this runs for each end of a run.
  const next = {
    outcome: inARow === before.inARow ? before.outcome : outcomeOf(before, inARow),
    outcomeAt: isLatest ? at : before.outcomeAt,
    inARow,
    isLate: before.isLate,
    isOverrunning: before.isOverrunning && isOverrun(before, end.runningSince, now),
    since: before.since,
    lastSuccessAt: isSuccess ? Math.max(at, pastTime(before.lastSuccessAt, now)) : before.lastSuccessAt,
    lastFailureAt: isSuccess ? before.lastFailureAt : Math.max(at, pastTime(before.lastFailureAt, now)),
    lastStartAt: counted
      ? Math.max(end.startedAt ?? at, pastTime(before.lastStartAt, now))
      : before.lastStartAt,
    rule: before.rule,
    expectSince: before.expectSince,
  }
  if (before.isLate && (isSuccess || counted) && !isOverdue(next, now)) next.isLate = false
  // A delayed end may complete a row whose last one happened after it.
  return step(before, next, next.outcome === before.outcome ? at : Math.max(at, outcomeAt), now)
}

/**
 * The health at `now`, if the oldest open run has started at `runningSince`. A monitor is late, or overrunning, since the
 * first moment at which it was. The state is `before` itself if nothing has changed.
 *
 * A run that took too long and has ended meanwhile, while no server was running for example, is not reported: nothing can
 * be done about it.
 */
export function afterWaiting(before: HealthState, now: number, runningSince: number | undefined): HealthStep {
  const known = withoutFuture(before, now)
  const due = dueAt(known)
  const overrunAt = overrunsAt(known, runningSince)
  const isLate = known.isLate || (due !== undefined && now > due)
  const isOverrunning = overrunAt !== undefined && now > overrunAt
  if (isLate === known.isLate && isOverrunning === known.isOverrunning) {
    return { state: known, change: undefined }
  }
  const began = isLate !== known.isLate ? due : isOverrunning ? overrunAt : undefined
  return step(known, { ...known, isLate, isOverrunning }, began === undefined ? now : began + 1, now)
}

/**
 * The health with a new rule; null removes it. `late` ends with another rule, unless the monitor is overdue by that one as
 * well. The outcome is judged by the new rule at the next end.
 */
export function afterExpecting(before: HealthState, rule: Rule | null, now: number): HealthStep {
  const expectSince = rule === null ? null : countsOn(before.rule, rule) ? (before.expectSince ?? now) : now
  const next = { ...before, rule, expectSince }
  const isLate = before.isLate && (isSameRule(before.rule, rule) || isOverdue(next, now))
  const isOverrunning = before.isOverrunning && rule?.maxMs !== undefined
  return step(before, { ...next, isLate, isOverrunning }, now, now)
}

/**
 * The last moment at which a run that started at `runningSince` is not overrunning; undefined if it cannot be. A run that
 * is older than the rule counts from then on. But one that is known to take too long does so whatever has happened to the
 * clock, or to the rule, since then.
 */
export function overrunsAt(
  { rule, expectSince, isOverrunning }: Pick<HealthState, 'rule' | 'expectSince' | 'isOverrunning'>,
  runningSince: number | undefined,
): number | undefined {
  if (runningSince === undefined || rule?.maxMs === undefined) return undefined
  return Math.max(runningSince, isOverrunning ? 0 : (expectSince ?? 0)) + rule.maxMs
}

function isOverrun(state: HealthState, runningSince: number | undefined, now: number): boolean {
  const at = overrunsAt(state, runningSince)
  return at !== undefined && now > at
}

export function isSameRule(a: Rule | null, b: Rule | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** False if the time must be counted anew: by another schedule the monitor might be late already. */
function countsOn(before: Rule | null, after: Rule): boolean {
  const [old, young] = [before?.schedule, after.schedule]
  if (before === null || old === undefined || young === undefined)
    return before !== null && young === undefined
  if (old.kind === 'every') return young.kind === 'every'
  return young.kind === 'cron' && young.expression === old.expression && young.zone === old.zone
}

function outcomeOf({ outcome, rule }: HealthState, inARow: number): HealthState['outcome'] {
  if (outcome === 'failing') return inARow >= (rule?.recover ?? 1) ? 'healthy' : outcome
  if (inARow > 0) return 'healthy'
  return -inARow >= (rule?.failures ?? 1) ? 'failing' : outcome
}

/**
 * A delayed end counts if it happened within the row, that is after the last end of the other kind. One of the other kind
 * that happened within the row does not divide it, because the health was already judged by it.
 */
function countInARow(before: HealthState, { outcome, at }: EndOfRun, isLatest: boolean, now: number): number {
  const { inARow } = before
  const sign = outcome === 'healthy' ? 1 : -1
  const isSameKind = inARow * sign > 0
  if (isLatest) return isSameKind ? inARow + sign : sign
  const lastOfOtherKind = sign > 0 ? before.lastFailureAt : before.lastSuccessAt
  return isSameKind && at > pastTime(lastOfOtherKind, now) ? inARow + sign : inARow
}

function isOverdue(state: Deadline, now: number): boolean {
  const due = dueAt(state)
  return due !== undefined && now > due
}

/** Events that are received at about the same time may be recorded in another order. */
const LEEWAY_MS = 60_000

/**
 * A time in the future comes from a clock that has since been set back. It counts as 0; otherwise it would take
 * precedence over all new events.
 */
function pastTime(time: number | null, now: number): number {
  return time === null || time > now + LEEWAY_MS ? 0 : time
}

/**
 * Replaces times in the future by `now`. They come from a clock that has since been set back. A monitor that never
 * succeeds again would not be overdue until the clock has reached them.
 */
function withoutFuture(state: HealthState, now: number): HealthState {
  const { lastSuccessAt, lastStartAt, expectSince } = state
  if (Math.max(lastSuccessAt ?? 0, lastStartAt ?? 0, expectSince ?? 0) <= now + LEEWAY_MS) return state
  const notAfterNow = (time: number | null) => (time === null ? null : Math.min(time, now))
  return {
    ...state,
    lastSuccessAt: notAfterNow(lastSuccessAt),
    lastStartAt: notAfterNow(lastStartAt),
    expectSince: notAfterNow(expectSince),
  }
}

function step(before: HealthState, after: HealthState, at: number, now: number): HealthStep {
  const from = healthOf(before)
  const to = healthOf(after)
  if (from === to) return { state: after, change: undefined }
  // An event that was delivered late may have happened before the last change.
  const since = Math.max(at, pastTime(before.since, now))
  return {
    state: { ...after, since },
    change: from === 'unknown' && to === 'healthy' ? undefined : { from, to, at: since },
  }
}
