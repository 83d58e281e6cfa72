/**
 * How old rows are: by the time for which servers have run since, never by the wall clock.
 *
 * Why: the clock of a host can be wrong by years, at the start or later, and times that were stored meanwhile stay wrong
 * when it is set right. With such a clock, all history would seem to be older than `--retain`. Running time comes from a
 * monotonic clock. It stands still while no server runs, but then no event is stored either.
 *
 * Every hour, and when a server ends, a mark says which rows existed after how much running time. A row is at least as
 * old as each mark that includes it. Rows of a store without marks are as old as its first mark.
 */

import { inTransaction, type Sqlite } from './sqlite.ts'

export interface Mark {
  /** The newest ids at that time. */
  readonly event: number
  readonly change: number
}

export interface AgeMarks {
  /** Adds `ranMs` to the running time, and a mark with the newest rows. */
  readonly add: (ranMs: number, newest: Mark) => void
  /** The newest mark that is at least so old; zeros if there is none. */
  readonly find: (ageMs: number) => Mark
  /** As find(), and forgets older marks. */
  readonly takeOlderThan: (ageMs: number) => Mark
}

const NONE: Mark = { event: 0, change: 0 }

export function createAgeMarks(db: Sqlite): AgeMarks {
  const selectTotal = db.prepare<{ readonly total: number | null }>(
    'SELECT MAX(running_ms) AS total FROM age_mark',
  )
  const insert = db.prepare('INSERT OR REPLACE INTO age_mark (running_ms, event, change) VALUES (?, ?, ?)')
  const selectOld = db.prepare<Mark & { readonly running_ms: number }>(
    'SELECT running_ms, event, change FROM age_mark WHERE running_ms <= ? ORDER BY running_ms DESC LIMIT 1',
  )
  const removeBefore = db.prepare('DELETE FROM age_mark WHERE running_ms < ?')
  const total = () => selectTotal.get()?.total ?? 0
  const findOld = (ageMs: number) => selectOld.get(total() - Math.round(ageMs))
  return {
    add: (ranMs, { event, change }) =>
      inTransaction(db, () => {
        insert.run(total() + Math.round(ranMs), event, change)
      }),
    find: ageMs => findOld(ageMs) ?? NONE,
    takeOlderThan: ageMs => {
      const old = findOld(ageMs)
      if (old === undefined) return NONE
      removeBefore.run(old.running_ms)
      return { event: old.event, change: old.change }
    },
  }
}
