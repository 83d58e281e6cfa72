/** Decides to which run an event belongs, and changes that run. */

import { matchSeries } from './match-series.ts'
import { mergeRun, newRun, type RunRow } from './merge-run.ts'
import type { RunEvent } from './run-event.ts'

/** The run that an event belongs to. */
export type RunMatch =
  /** `earlierEnd` is the end of the run before it in its series. */
  | { readonly kind: 'new'; readonly earlierEnd: number | null }
  | { readonly kind: 'known'; readonly run: RunRow }
  /** match-series.ts */
  | { readonly kind: 'repeated' }

export interface MergedRun {
  readonly id: number
  /** True if the event ended the run. */
  readonly hasEnded: boolean
  /** Undefined if no start was received. */
  readonly startedAt: number | undefined
  /** The time of the start, or of the end. */
  readonly at: number
}

const FIRST = { kind: 'new', earlierEnd: null } as const

/**
 * The run of an event with a series. `newest` is the newest one of that series. `hasSameEvent` answers whether it has an event
 * of that state and stamp.
 */
export function matchOfSeries(
  newest: RunRow | undefined,
  event: RunEvent,
  hasSameEvent: (run: RunRow, event: RunEvent) => boolean,
): RunMatch {
  if (newest === undefined) return FIRST
  const kind = matchSeries(newest, event)
  // If the sender's clock is ahead, the stamp is later than the recorded end, so that it would begin another run.
  if (kind === 'new' && hasSameEvent(newest, event)) return { kind: 'repeated' }
  return kind === 'new' ? { kind, earlierEnd: newest.ended_at } : { kind, run: newest }
}

/** The run of an event without a series. `open`: the open run that an end belongs to. */
export function matchWithoutSeries(open: RunRow | undefined): RunMatch {
  return open === undefined ? FIRST : { kind: 'known', run: open }
}

/** The run with the event; a new one gets the id of `nextId`. */
export function runWithEvent(
  monitor: number,
  match: Exclude<RunMatch, { kind: 'repeated' }>,
  event: RunEvent,
  eventId: number,
  nextId: () => number,
): RunRow {
  return match.kind === 'new'
    ? newRun(nextId(), monitor, event, eventId, match.earlierEnd)
    : mergeRun(match.run, event, eventId)
}

/** `run` is what runWithEvent() has returned for the match. */
export function mergedRun(match: RunMatch, run: RunRow): MergedRun {
  const hadEnded = match.kind === 'known' && match.run.ended_at !== null
  const hasEnded = !hadEnded && run.ended_at !== null
  return { id: run.id, hasEnded, startedAt: run.started_at ?? undefined, at: run.at }
}
