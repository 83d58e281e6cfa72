/**
 * How a monitor is. What its latest end or `ok` said, by when that happened, is its outcome; being late lies over it.
 *
 * Late ends with a success, unless that is so old that the monitor is late all the same. A failure does not end it:
 * the monitor stays late, and is failing once it is late no more and no success came after the failure.
 */

import type { Health } from './monitors.ts'

export interface HealthState {
  readonly outcome: 'unknown' | 'healthy' | 'failing'
  /** When what said so happened; like all times here in milliseconds since 1970. */
  readonly outcomeAt: number | null
  readonly isLate: boolean
  /** When the health became what it is. */
  readonly since: number | null
  readonly lastSuccessAt: number | null
  readonly expectMs: number | null
  /** Since when a success is expected. */
  readonly expectSince: number | null
}

export interface HealthStep {
  readonly state: HealthState
  /** Undefined where people need not be told: the first success is no news. */
  readonly change: { readonly from: Health; readonly to: Health; readonly at: number } | undefined
}

export function healthOf({ isLate, outcome }: Pick<HealthState, 'isLate' | 'outcome'>): Health {
  return isLate ? 'late' : outcome
}

/** What a `complete`, `fail` or `ok` that happened at `at`, and was received at `now`, makes of it. */
export function afterEnd(
  before: HealthState,
  end: 'healthy' | 'failing',
  at: number,
  now: number,
): HealthStep {
  const isLatest = at >= known(before.outcomeAt, now)
  const isSuccess = end === 'healthy'
  // Written out: this is done for each end of a run, and spreading takes several times as long.
  const next = {
    outcome: isLatest ? end : before.outcome,
    outcomeAt: isLatest ? at : before.outcomeAt,
    isLate: before.isLate,
    since: before.since,
    lastSuccessAt: isSuccess ? Math.max(at, known(before.lastSuccessAt, now)) : before.lastSuccessAt,
    expectMs: before.expectMs,
    expectSince: before.expectSince,
  }
  if (isSuccess && before.isLate && !isOverdue(next, now)) next.isLate = false
  return step(before, next, at, now)
}

/** Late from `now` on, where it is overdue. */
export function afterWaiting(before: HealthState, now: number): HealthStep {
  return step(before, { ...before, isLate: before.isLate || isOverdue(before, now) }, now, now)
}

/** `expectMs` null: nothing is expected any more. A monitor that is not overdue by the new period is late no more. */
export function afterExpecting(before: HealthState, expectMs: number | null, now: number): HealthStep {
  const expectSince = expectMs === null ? null : (before.expectSince ?? now)
  const next = { ...before, expectMs, expectSince }
  return step(before, { ...next, isLate: before.isLate && isOverdue(next, now) }, now, now)
}

/** The last moment at which the monitor is not overdue; undefined where nothing is expected. */
export function dueAt({ expectMs, expectSince, lastSuccessAt }: HealthState): number | undefined {
  return expectMs === null ? undefined : Math.max(lastSuccessAt ?? 0, expectSince ?? 0) + expectMs
}

function isOverdue(state: HealthState, now: number): boolean {
  const due = dueAt(state)
  return due !== undefined && now > due
}

/** Events that are received at about the same time may be recorded the other way round. */
const LEEWAY_MS = 60_000

/** A time that now lies in the future was told by a clock that was set back since: it must not outdo all to come. */
function known(time: number | null, now: number): number {
  return time === null || time > now + LEEWAY_MS ? 0 : time
}

function step(before: HealthState, after: HealthState, at: number, now: number): HealthStep {
  const from = healthOf(before)
  const to = healthOf(after)
  if (from === to) return { state: after, change: undefined }
  // Of what comes late `at` may lie before the last change.
  const since = Math.max(at, known(before.since, now))
  return {
    state: { ...after, since },
    change: from === 'unknown' && to === 'healthy' ? undefined : { from, to, at: since },
  }
}
