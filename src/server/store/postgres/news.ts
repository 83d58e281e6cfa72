/**
 * Tells what other servers have stored: at once by LISTEN, and by a look each second, for where notifications do not arrive.
 */

import type { Sleep } from '../../../system/sleep.ts'
import { createWakeUp } from '../../../system/wake-up.ts'
import type { News, OthersEvent } from '../store.ts'
import type { Connection } from './connection.ts'
import type { Database } from './database.ts'
import type { ClockSample } from './database-clock.ts'
import { keepListening } from './keep-listening.ts'
import type { Queries, WriteTransaction } from './queries.ts'
import { createToldIds, type IdRange, type ToldIds } from './told-ids.ts'

export interface NewsOptions {
  /** The id of this server. No other server has the same one. */
  readonly server: string
  readonly database: Database
  /** Opens a connection for LISTEN alone. */
  readonly open: () => Promise<Connection>
  readonly newest: { readonly event: number; readonly change: number }
  /** Gets what other servers have stored. */
  readonly tell: (news: News) => void
  readonly onSample: (sample: ClockSample) => void
  /** The monotonic clock, in milliseconds. */
  readonly clock: () => number
  readonly sleep: Sleep
}

export interface NewsFeed {
  /** As that of the database, and tells the other servers. The caller tells its own listeners, right after it resolves. */
  readonly loadAndWrite: Database['loadAndWrite']
  /** Another server has left a duty. Returns a function that unsubscribes. */
  readonly onDutyLeft: (listener: () => void) => () => void
  readonly close: () => Promise<void>
}

/** What no notification has told is found this often. */
const POLL_MS = 1000

/** So that many small batches of other servers do not need as many queries. */
const PACE_MS = 50

const LIMIT = 1000

const CHANNEL = 'cronitor'

/** Statements for other files of this folder: the text of a notification. */
export const NOTIFY = `SELECT pg_notify('${CHANNEL}', $1)`

export function dutyLeftPayload(server: string): string {
  return `${server} duty`
}

const HEAD = `
  SELECT last_event, last_change, (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now FROM head`

export interface HeadNow {
  readonly last_event: number
  readonly last_change: number
  readonly sample: ClockSample
}

export async function readHeadNow({ query }: Queries, clock: () => number): Promise<HeadNow> {
  const askedAt = clock()
  const [head] = await query<Omit<HeadNow, 'sample'> & { readonly now: number }>(HEAD, [], 'head-now')
  if (head === undefined) throw new Error('the row of the table head is missing')
  return { ...head, sample: { askedAt, answeredAt: clock(), databaseMs: head.now } }
}

const EVENTS = `
  SELECT e.id, m.key AS "monitorKey", e.stamp
  FROM unnest($1::bigint[], $2::bigint[]) AS range (first, last)
  CROSS JOIN LATERAL (
    SELECT id, monitor, stamp FROM event WHERE id BETWEEN range.first AND range.last ORDER BY id LIMIT ${LIMIT}
  ) e JOIN monitor m ON m.id = e.monitor
  ORDER BY e.id LIMIT ${LIMIT}`

interface EventRow {
  readonly id: number
  readonly monitorKey: string
  readonly stamp: number | null
}

export function startNews(options: NewsOptions): NewsFeed {
  const { server, database, open, newest, tell, onSample, clock, sleep } = options
  const events = createToldIds(newest.event)
  const changes = createToldIds(newest.change)
  const closing = new AbortController()
  const wakeUp = createWakeUp()
  const dutyListeners = new Set<() => void>()

  const readMissing = async (queries: Queries, last: number) => {
    for (let ranges = events.missing(last); ranges.length > 0; ranges = events.missing(last)) {
      const rows = await queries.query<EventRow>(
        EVENTS,
        [ranges.map(range => range.first), ranges.map(range => range.last)],
        'others-events',
      )
      const upTo = rows.length < LIMIT ? last : (rows.at(-1)?.id ?? last)
      for (const range of upToId(ranges, upTo)) events.told(range)
      if (rows.length > 0) tell({ events: [], fromOthers: rows.map(othersEvent), healthChanged: false })
    }
  }
  const look = () =>
    database.read(async queries => {
      const head = await readHeadNow(queries, clock)
      onSample(head.sample)
      await readMissing(queries, head.last_event)
      const missing = changes.missing(head.last_change)
      for (const range of missing) changes.told(range)
      if (missing.length > 0) tell({ events: [], healthChanged: true })
    })
  const lookAgainAndAgain = async () => {
    while (!closing.signal.aborted) {
      // While the database is away, the store says so.
      await look().catch(() => {})
      await sleep(PACE_MS, closing.signal)
      await wakeUp.wait(POLL_MS - PACE_MS, closing.signal)
    }
  }
  const listening = keepListening({
    open,
    channel: CHANNEL,
    // What was notified before the connection was there is found now.
    onListening: wakeUp.wake,
    onPayload: payload => {
      const [from, what] = payload.split(' ')
      if (from === server) return
      if (what === undefined) wakeUp.wake()
      else for (const listener of dutyListeners) listener()
    },
    stop: closing.signal,
    sleep,
  })
  const looking = lookAgainAndAgain()

  return {
    loadAndWrite: async (load, work) => {
      const own: { readonly ids: ToldIds; readonly range: IdRange }[] = []
      const reserve = (ids: ToldIds, before: number, last: number) => {
        if (last === before) return
        const range = { first: before + 1, last }
        ids.reserve(range)
        own.push({ ids, range })
      }
      try {
        const result = await database.loadAndWrite(load, async (transaction, loaded) => {
          const { lastEvent, lastChange } = transaction.head
          const worked = await work(transaction, loaded)
          reserve(events, lastEvent, transaction.head.lastEvent)
          reserve(changes, lastChange, transaction.head.lastChange)
          if (own.length > 0) notifyOthers(transaction, server)
          return worked
        })
        for (const { ids, range } of own) ids.told(range)
        return result
      } catch (error) {
        for (const { ids, range } of own) ids.release(range)
        throw error
      }
    },
    onDutyLeft: listener => {
      dutyListeners.add(listener)
      return () => dutyListeners.delete(listener)
    },
    close: async () => {
      closing.abort()
      await Promise.all([looking, listening])
    },
  }
}

/** Sent with COMMIT: only then do the other servers get it. */
function notifyOthers({ queryAtEnd }: WriteTransaction, server: string): void {
  queryAtEnd(NOTIFY, [server], 'notify')
}

function upToId(ranges: readonly IdRange[], upTo: number): IdRange[] {
  return ranges
    .filter(({ first }) => first <= upTo)
    .map(({ first, last }) => ({ first, last: Math.min(last, upTo) }))
}

function othersEvent({ id, monitorKey, stamp }: EventRow): OthersEvent {
  return { id, monitorKey, ...(stamp !== null && { stamp }) }
}
