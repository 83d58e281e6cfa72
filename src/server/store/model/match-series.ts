/** Decides to which run of its series an event belongs. A series may be used again, for one run after the other. */

import { endStateOf, type RunRow } from './merge-run.ts'
import type { RunEvent } from './run-event.ts'

/** `new`: it begins another run. `repeated`: it was sent twice, and is not stored again. */
export type SeriesMatch = 'known' | 'new' | 'repeated'

/** For so long after its end a run gets no second end: the same one is a repetition, and another one corrects it. */
const SECOND_END_MS = 10 * 60_000

/** `run` is the newest one of the event's series. */
export function matchSeries(run: RunRow, event: RunEvent): SeriesMatch {
  if (isOld(run, event)) return isMissingStart(run, event) ? 'known' : 'repeated'
  if (event.state === 'run') return run.ended_at === null ? 'repeated' : 'new'
  if (run.ended_at === null) return 'known'
  if (Math.abs(event.happenedAt - run.ended_at) > SECOND_END_MS) return 'new'
  return endStateOf(event) === run.end_state ? 'repeated' : 'known'
}

/**
 * The series has already ended since the event happened. Only a stamp shows it, whatever the age of the event: a courier
 * that delivers it for a second time, hours later, must not make a second failure.
 */
function isOld({ ended_at, earlier_end }: RunRow, { isStamped, happenedAt }: RunEvent): boolean {
  const end = ended_at ?? earlier_end
  return isStamped && end !== null && happenedAt <= end
}

/** The start of a series' first run may arrive after its end. */
function isMissingStart(run: RunRow, event: RunEvent): boolean {
  return event.state === 'run' && run.started_at === null && run.earlier_end === null
}
