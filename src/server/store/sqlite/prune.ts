/** Removes old rows in steps of a few milliseconds, so that events can be recorded in between. */

import { inTransaction, pragmaNumber, type Sqlite } from './sqlite.ts'

export interface PruneStep {
  /** Where the next step starts; undefined at the end. */
  readonly next: PrunePlace | undefined
  /** How many events were removed. */
  readonly removed: number
  /** True if rows of runs or monitors were removed, which may be in memory as well. */
  readonly isStale: boolean
}

/** Tables are traversed by id, which is about the order of time, so that no index by time is needed. */
export interface PrunePlace {
  /** `space`: unused pages of the file. */
  readonly part: 'event' | 'run' | 'change' | 'monitor' | 'space'
  readonly afterId: number
}

export const PRUNE_START: PrunePlace = { part: 'event', afterId: 0 }

const STEP_ROWS = 250

const STEP_PAGES = 250

/** A file with a larger share of unused pages is shrunk; a smaller share is soon used again. */
const MAX_UNUSED = 0.25

/** Rows of these and smaller ids are removed. */
export interface PruneLimit {
  readonly event: number
  readonly change: number
}

interface Examined {
  readonly count: number
  readonly lastId: number
  readonly oldCount: number
}

const NOTHING: Examined = { count: 0, lastId: 0, oldCount: 0 }

/**
 * By ids, not by times: the times of rows come from a clock that may have been wrong (age-marks.ts). A run is as old as
 * its last event.
 */
export function createPruner(db: Sqlite): (place: PrunePlace, upTo: PruneLimit) => PruneStep {
  const lastOfRun = 'MAX(COALESCE(start_event, 0), COALESCE(end_event, 0))'
  const examination = (table: string, id: string) =>
    db.prepare<Examined>(`
      SELECT COUNT(*) AS count, COALESCE(MAX(id), 0) AS lastId, COALESCE(SUM(last <= ?1), 0) AS oldCount
      FROM (SELECT id, ${id} AS last FROM ${table} WHERE id > ?2 ORDER BY id LIMIT ${STEP_ROWS})`)
  const examinations = {
    event: examination('event', 'id'),
    run: examination('run', lastOfRun),
    change: examination('change', 'id'),
  }
  const removals = {
    event: db.prepare('DELETE FROM event WHERE id > ?2 AND id <= ?3 AND id <= ?1'),
    // The newest run of a monitor in an environment stays while it is open: the job may still be running.
    run: db.prepare(`
      DELETE FROM run WHERE id > ?2 AND id <= ?3 AND ${lastOfRun} <= ?1 AND (
        ended_at IS NOT NULL OR
        EXISTS (SELECT 1 FROM run n
          WHERE n.monitor = run.monitor AND n.at > run.at AND n.ended_at IS NOT NULL) OR
        EXISTS (SELECT 1 FROM run n
          WHERE n.monitor = run.monitor AND n.at > run.at AND n.ended_at IS NULL)
      )`),
    change: db.prepare('DELETE FROM change WHERE id > ?2 AND id <= ?3 AND id <= ?1'),
  }
  // An environment with an expectation of its own stays. Of those to which the monitor's expectation applies, the one with
  // the newest event stays, since the monitor is still expected.
  const removeEmptyMonitors = db.prepare(`
    DELETE FROM monitor WHERE id > ?2 AND id <= ?3 AND derived <= ?1
      AND NOT EXISTS (SELECT 1 FROM run WHERE run.monitor = monitor.id)
      AND NOT EXISTS (SELECT 1 FROM expectation e WHERE e.monitor_key = monitor.key AND e.env = monitor.env)
      AND NOT (
        EXISTS (SELECT 1 FROM expectation e WHERE e.monitor_key = monitor.key AND e.env IS NULL)
        AND NOT EXISTS (SELECT 1 FROM monitor n WHERE n.key = monitor.key AND n.id <> monitor.id
          AND (COALESCE(n.last_event_at, 0), n.id) > (COALESCE(monitor.last_event_at, 0), monitor.id))
      )`)

  const monitorStep = db.prepare<Pick<Examined, 'count' | 'lastId'>>(`
    SELECT COUNT(*) AS count, COALESCE(MAX(id), 0) AS lastId
    FROM (SELECT id FROM monitor WHERE id > ? ORDER BY id LIMIT ${STEP_ROWS})`)

  const removeMonitors = (afterId: number, upTo: number): PruneStep => {
    const { count, lastId } = monitorStep.get(afterId) ?? NOTHING
    const removed = count === 0 ? 0 : removeEmptyMonitors.run(upTo, afterId, lastId).changes
    return {
      next: count < STEP_ROWS ? { part: 'space', afterId: 0 } : { part: 'monitor', afterId: lastId },
      removed: 0,
      isStale: removed > 0,
    }
  }
  const removeOld = (
    part: 'event' | 'run' | 'change',
    then: PrunePlace['part'],
    afterId: number,
    upTo: number,
  ): PruneStep => {
    const { count, lastId, oldCount } = examinations[part].get(upTo, afterId) ?? NOTHING
    const removed = oldCount === 0 ? 0 : removals[part].run(upTo, afterId, lastId).changes
    // If no row of a step is old, the following rows are not old either.
    const isDone = count < STEP_ROWS || oldCount === 0
    return {
      next: isDone ? { part: then, afterId: 0 } : { part, afterId: lastId },
      removed: part === 'event' ? removed : 0,
      isStale: part === 'run' && removed > 0,
    }
  }

  return ({ part, afterId }, upTo) => {
    switch (part) {
      case 'event':
        return inTransaction(db, () => removeOld('event', 'run', afterId, upTo.event))
      case 'run':
        return inTransaction(db, () => removeOld('run', 'change', afterId, upTo.event))
      case 'change':
        return inTransaction(db, () => removeOld('change', 'monitor', afterId, upTo.change))
      case 'monitor':
        return inTransaction(db, () => removeMonitors(afterId, upTo.event))
      case 'space': {
        const unused = pragmaNumber(db, 'freelist_count')
        if (unused < STEP_PAGES || unused < pragmaNumber(db, 'page_count') * MAX_UNUSED) {
          return { next: undefined, removed: 0, isStale: false }
        }
        db.prepare(`PRAGMA incremental_vacuum(${STEP_PAGES})`).all()
        return { next: { part, afterId: 0 }, removed: 0, isStale: false }
      }
    }
  }
}
