/**
 * The health of a monitor in one environment, which follows from two facts. The outcome is the result of the end or `ok`
 * that happened last. `isLate` is true if no success came in time. A failing monitor is `failing`, late or not: people
 * have been notified of the failure, and lateness would be no news to them.
 *
 * A success ends both, but not the lateness if it happened so long ago that the monitor is still overdue, and not the
 * failing if the last failure happened after it. A failure does not end the lateness.
 */

import type { Health } from './monitors.ts'

export interface HealthState {
  readonly outcome: 'unknown' | 'healthy' | 'failing'
  /** When the event of the outcome happened. All times here are in milliseconds since 1970. */
  readonly outcomeAt: number | null
  readonly isLate: boolean
  /** When the health last changed. */
  readonly since: number | null
  readonly lastSuccessAt: number | null
  readonly expectMs: number | null
  /** When the expectation was set. */
  readonly expectSince: number | null
}

export interface HealthStep {
  readonly state: HealthState
  /** Undefined if nobody must be notified: the health has not changed, or only by a first success. */
  readonly change: { readonly from: Health; readonly to: Health; readonly at: number } | undefined
}

export function healthOf({ isLate, outcome }: Pick<HealthState, 'isLate' | 'outcome'>): Health {
  return outcome !== 'failing' && isLate ? 'late' : outcome
}

/** The health after a `complete`, `fail` or `ok` that happened at `at` and was received at `now`. */
export function afterEnd(
  before: HealthState,
  end: 'healthy' | 'failing',
  at: number,
  now: number,
): HealthStep {
  const isLatest = at >= pastTime(before.outcomeAt, now)
  const isSuccess = end === 'healthy'
  // All fields are listed, because object spread takes several times as long and this runs for each end of a run.
  const next = {
    outcome: isLatest ? end : before.outcome,
    outcomeAt: isLatest ? at : before.outcomeAt,
    isLate: before.isLate,
    since: before.since,
    lastSuccessAt: isSuccess ? Math.max(at, pastTime(before.lastSuccessAt, now)) : before.lastSuccessAt,
    expectMs: before.expectMs,
    expectSince: before.expectSince,
  }
  if (isSuccess && before.isLate && !isOverdue(next, now)) next.isLate = false
  return step(before, next, at, now)
}

/**
 * The health at `now`: late if the monitor is overdue, since the first moment at which it was. The state is `before`
 * itself if nothing has changed.
 */
export function afterWaiting(before: HealthState, now: number): HealthStep {
  const known = withoutFuture(before, now)
  const due = dueAt(known)
  if (due === undefined || now <= due || known.isLate) return { state: known, change: undefined }
  return step(before, { ...known, isLate: true }, due + 1, now)
}

/**
 * The health with a new expectation; null removes it. `late` ends unless the monitor is overdue by the new expectation.
 */
export function afterExpecting(before: HealthState, expectMs: number | null, now: number): HealthStep {
  const expectSince = expectMs === null ? null : (before.expectSince ?? now)
  const next = { ...before, expectMs, expectSince }
  return step(before, { ...next, isLate: before.isLate && isOverdue(next, now) }, now, now)
}

/** The last moment at which the monitor is not overdue; undefined without an expectation. */
export function dueAt({ expectMs, expectSince, lastSuccessAt }: HealthState): number | undefined {
  return expectMs === null ? undefined : Math.max(lastSuccessAt ?? 0, expectSince ?? 0) + expectMs
}

function isOverdue(state: HealthState, now: number): boolean {
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
  const { lastSuccessAt, expectSince } = state
  if (Math.max(lastSuccessAt ?? 0, expectSince ?? 0) <= now + LEEWAY_MS) return state
  const notAfterNow = (time: number | null) => (time === null ? null : Math.min(time, now))
  return { ...state, lastSuccessAt: notAfterNow(lastSuccessAt), expectSince: notAfterNow(expectSince) }
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
