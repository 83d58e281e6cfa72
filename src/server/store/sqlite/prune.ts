/** Removes what is old, in steps that take a few milliseconds, so that recording never waits for all of it. */

import { inTransaction, pragmaNumber, type Sqlite } from './sqlite.ts'

export interface PruneStep {
  /** Where to go on; undefined where all is done. */
  readonly next: PrunePlace | undefined
  /** Events that were removed. */
  readonly removed: number
}

/** Tables are walked by id, which is about the order of time: no index by time is needed. */
export interface PrunePlace {
  readonly part: 'event' | 'run' | 'change' | 'monitor' | 'room'
  readonly afterId: number
}

export const PRUNE_START: PrunePlace = { part: 'event', afterId: 0 }

const STEP_ROWS = 250

/** 1 MiB, with pages of 4 KiB. */
const STEP_PAGES = 250

/** A file with this share of unused pages is made smaller; less is used again soon enough. */
const MOST_UNUSED = 0.25

interface Walked {
  readonly count: number
  readonly last: number
  readonly old: number
}

export function pruneStep(db: Sqlite): (place: PrunePlace, before: number) => PruneStep {
  const walk = (table: string, at: string) =>
    db.prepare<Walked>(`
      SELECT COUNT(*) AS count, COALESCE(MAX(id), 0) AS last, COALESCE(SUM(${at} < ?1), 0) AS old
      FROM (SELECT id, ${at} FROM ${table} WHERE id > ?2 ORDER BY id LIMIT ${STEP_ROWS})`)
  const walks = {
    event: walk('event', 'received_at'),
    run: walk('run', 'at'),
    change: walk('change', 'at'),
  }
  const removals = {
    event: db.prepare('DELETE FROM event WHERE id > ?2 AND id <= ?3 AND received_at < ?1'),
    // The newest run of an env stays while it is open: it may be a job that runs that long.
    run: db.prepare(`
      DELETE FROM run WHERE id > ?2 AND id <= ?3 AND at < ?1 AND (
        ended_at IS NOT NULL OR
        EXISTS (SELECT 1 FROM run n
          WHERE n.monitor = run.monitor AND n.env = run.env AND n.at > run.at AND n.ended_at IS NOT NULL) OR
        EXISTS (SELECT 1 FROM run n
          WHERE n.monitor = run.monitor AND n.env = run.env AND n.at > run.at AND n.ended_at IS NULL)
      )`),
    change: db.prepare('DELETE FROM change WHERE id > ?2 AND id <= ?3 AND at < ?1'),
  }
  const emptyEnvs = db.prepare(`
    DELETE FROM env WHERE NOT EXISTS (SELECT 1 FROM run WHERE run.monitor = env.monitor AND run.env = env.name AND ended_at IS NULL)
      AND NOT EXISTS (SELECT 1 FROM run WHERE run.monitor = env.monitor AND run.env = env.name AND ended_at IS NOT NULL)`)
  const emptyMonitors = db.prepare(`
    DELETE FROM monitor WHERE COALESCE(last_event_at, 0) < ? AND expect_ms IS NULL
      AND NOT EXISTS (SELECT 1 FROM run WHERE run.monitor = monitor.id)`)

  const walkOn = (
    part: 'event' | 'run' | 'change',
    then: PrunePlace['part'],
    afterId: number,
    before: number,
  ) => {
    const { count, last, old } = walks[part].get(before, afterId) ?? { count: 0, last: 0, old: 0 }
    const removed = old === 0 ? 0 : removals[part].run(before, afterId, last).changes
    // Where a whole step is young, what follows is younger still.
    const isDone = count < STEP_ROWS || old === 0
    return {
      next: isDone ? ({ part: then, afterId: 0 } as const) : { part, afterId: last },
      removed: part === 'event' ? removed : 0,
    }
  }

  return ({ part, afterId }, before) => {
    switch (part) {
      case 'event':
        return inTransaction(db, () => walkOn('event', 'run', afterId, before))
      case 'run':
        return inTransaction(db, () => walkOn('run', 'change', afterId, before))
      case 'change':
        return inTransaction(db, () => walkOn('change', 'monitor', afterId, before))
      case 'monitor':
        inTransaction(db, () => {
          emptyEnvs.run()
          emptyMonitors.run(before)
        })
        return { next: { part: 'room', afterId: 0 }, removed: 0 }
      case 'room': {
        const unused = pragmaNumber(db, 'freelist_count')
        if (unused < STEP_PAGES || unused < pragmaNumber(db, 'page_count') * MOST_UNUSED) {
          return { next: undefined, removed: 0 }
        }
        db.prepare(`PRAGMA incremental_vacuum(${STEP_PAGES})`).all()
        return { next: { part, afterId: 0 }, removed: 0 }
      }
    }
  }
}
