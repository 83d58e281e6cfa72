/**
 * Runs and monitors follow from events. They are kept in memory and written behind the events, a monitor with all of its
 * own at a time: written with each event they would touch pages all over the database, and take longer than the event.
 *
 * `monitor.derived` says up to which event a monitor is written, and a cursor up to which all are. After a crash, or a
 * transaction that came to nothing, the events above are taken in again, in the order in which they were stored, which
 * makes of them what it did before.
 */

import { afterEnd } from '../../../monitors/health.ts'
import type { Counted, MonitorRow, MonitorTable } from '../monitor-table.ts'
import { asIncoming, type Incoming } from '../packed-events.ts'
import { underivedEvents } from '../read-events.ts'
import { isOfRun } from '../run-event.ts'
import type { RunTable, SeriesOf } from '../run-table.ts'
import { inTransaction, lastId, type Sqlite } from '../sqlite.ts'
import { AMOUNTS, type Amounts, createUnwritten } from './unwritten.ts'

/** How many events are read at a time where they are taken in again. */
const PAGE = 250

const CURSOR = 'derived'

/** Of what is not written: `nothing` is left, all of it is `young`, or some of it `old` enough to be written as well. */
export type Left = 'nothing' | 'young' | 'old'

export interface Derived {
  /** In a transaction, before events are taken in: these, in their order. */
  readonly begin: (events: readonly Incoming[]) => void
  /** False where the event is a repeated one, which is not to be stored; else it is to be stored with this id. */
  readonly take: (event: Incoming, id: number) => boolean
  /** In the same transaction, after them. True where the health of a monitor has changed. */
  readonly end: () => boolean
  /** Forgets what it knows by heart: to be called where a transaction came to nothing, or rows were removed. */
  readonly forget: () => void
  /** Writes, in a transaction of its own, all that is not written yet, so that the tables can be read. */
  readonly writeAll: () => void
  /** The same with a part of what waits since this event or an older one. */
  readonly writeOld: (upTo: number) => Left
  readonly isAllWritten: () => boolean
  /** What is written has in it all that the events up to this one say. */
  readonly upTo: () => number
}

export function derived(
  db: Sqlite,
  monitors: MonitorTable,
  runs: RunTable,
  amounts: Amounts = AMOUNTS,
): Derived {
  const underived = underivedEvents(db)
  const lastEvent = lastId(db, 'event')
  const readCursor = db.prepare<{ readonly id: number }>('SELECT id FROM cursor WHERE name = ?')
  const writeCursor = db.prepare(
    'INSERT INTO cursor (name, id) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET id = excluded.id',
  )
  const cursor = () => readCursor.get(CURSOR)?.id ?? 0
  /** The last event that was taken in; undefined before those are that a crash or a failure has left. */
  let newest: number | undefined
  const unwritten = createUnwritten(amounts)
  const changedHealth = new Set<string>()

  const writeThese = (keys: readonly string[]) => {
    const ids = unwritten.remove(keys)
    if (ids.length === 0) return
    runs.flush(ids)
    monitors.flush(keys)
    const first = unwritten.first()
    writeCursor.run(CURSOR, first === undefined ? (newest ?? 0) : first - 1)
  }

  /** A change of health is told at once, and so is written with the event that it came with. */
  const write = (keys: readonly string[]) => {
    writeThese([...new Set([...changedHealth, ...keys])])
    changedHealth.clear()
  }

  const endOf = (monitor: MonitorRow, event: Incoming, counted: Counted, run: number | null) => {
    const outcome = event.state === 'fail' ? 'failing' : 'healthy'
    const step = afterEnd(monitor, outcome, event.happenedAt, event.receivedAt)
    if (monitors.setHealth(monitor, step, run, counted)) changedHealth.add(monitor.key)
  }

  const take = (event: Incoming, id: number): boolean => {
    const { state, receivedAt } = event
    const monitor = monitors.of(event.monitorKey)
    if (isOfRun(event)) {
      if (runs.isToBeWritten(monitor.id, event)) writeThese([monitor.key])
      const place = runs.placeOf(monitor.id, event)
      if (place.kind === 'repeated') return false
      const { run, hasEnded } = runs.put(monitor.id, place, event, id)
      const ended = hasEnded ? (state === 'fail' ? 'failed' : 'complete') : undefined
      if (state === 'run') monitors.count(monitor, { id, state, ended: undefined, receivedAt })
      else endOf(monitor, event, { id, state, ended, receivedAt }, run)
    } else {
      endOf(monitor, event, { id, state, ended: undefined, receivedAt }, null)
    }
    newest = id
    unwritten.add(monitor, id)
    return true
  }

  const seriesOf = ({ monitorKey, series }: Incoming): SeriesOf[] =>
    series === null ? [] : [[monitors.of(monitorKey).id, series]]

  const takeAgain = () => {
    if (newest !== undefined) return
    let after = cursor()
    for (let isMore = true; isMore; ) {
      const page = underived({ after, limit: PAGE })
      const events = page.map(asIncoming)
      runs.begin(events.flatMap(seriesOf))
      for (const [index, event] of events.entries()) take(event, page[index]?.id ?? 0)
      isMore = page.length === PAGE
      after = page.at(-1)?.id ?? after
    }
    newest = lastEvent()
  }

  const forget = () => {
    monitors.forget()
    runs.forget()
    unwritten.clear()
    changedHealth.clear()
    newest = undefined
  }

  const inOwnTransaction = (work: () => void) => {
    try {
      inTransaction(db, () => {
        takeAgain()
        work()
      })
    } catch (error) {
      forget()
      throw error
    }
  }
  const isAllWritten = () => (newest === undefined ? cursor() === lastEvent() : unwritten.events() === 0)

  return {
    begin: events => {
      takeAgain()
      runs.begin(events.flatMap(seriesOf))
    },
    take,
    end: () => {
      const healthChanged = changedHealth.size > 0
      write(unwritten.events() > amounts.mostUnwritten ? unwritten.oldest() : [])
      return healthChanged
    },
    forget,
    writeAll: () => {
      if (!isAllWritten()) inOwnTransaction(() => write(unwritten.all()))
    },
    writeOld: upTo => {
      if (isAllWritten()) return 'nothing'
      inOwnTransaction(() => write(unwritten.oldest(upTo)))
      const first = unwritten.first()
      if (first === undefined) return 'nothing'
      return first <= upTo ? 'old' : 'young'
    },
    isAllWritten,
    upTo: () => (isAllWritten() ? lastEvent() : cursor()),
  }
}
