/** Reads what a batch of events may change. The statements are sent together, behind the one that locks. */

import type { Incoming } from '../model/incoming.ts'
import { RUN_COLUMNS } from '../model/merge-run.ts'
import { MONITOR_COLUMNS } from '../model/monitor-row.ts'
import type { LoadedMonitor } from './batch-monitors.ts'
import type { LoadedRuns, OpenRunStart, OrdinalRun, StampedEvent } from './batch-runs.ts'
import type { Queries } from './queries.ts'

export interface LoadedBatch extends LoadedRuns {
  readonly monitors: readonly LoadedMonitor[]
}

const MONITORS = `
  SELECT ${MONITOR_COLUMNS}, last_event_at FROM monitor
  WHERE (key, env) IN (SELECT * FROM unnest($1::text[], $2::text[]))`

const RUNS = RUN_COLUMNS.map(column => `r.${column}`).join(', ')

const NEWEST_OF_SERIES = `
  FROM unnest($1::text[], $2::text[], $3::text[]) AS w (key, env, series)
  JOIN monitor m ON m.key = w.key AND m.env = w.env
  CROSS JOIN LATERAL (
    SELECT * FROM run WHERE run.monitor = m.id AND run.series = w.series ORDER BY ordinal DESC LIMIT 1
  ) r`

const OF_SERIES = `SELECT ${RUNS}, r.ordinal ${NEWEST_OF_SERIES}`

/** That the events of a run have: for events with a stamp alone. */
const STAMPED = `
  SELECT e.id, e.state, e.stamp ${NEWEST_OF_SERIES}
  JOIN event e ON e.id IN (r.start_event, r.end_event) WHERE e.stamp IS NOT NULL`

/** How many open runs are searched for each end without a series. */
const MAX_SEARCHED = 1000

/**
 * The runs that ends without a series may belong to, the best first: as many for each end as there are ends, since each end
 * takes one of them.
 */
const OPEN = `
  SELECT DISTINCT ON (r.id) ${RUNS}, r.ordinal
  FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[]) AS w (key, env, happened_at, host)
  JOIN monitor m ON m.key = w.key AND m.env = w.env
  CROSS JOIN LATERAL (
    SELECT * FROM (
      SELECT * FROM run
      WHERE run.monitor = m.id AND ended_at IS NULL AND series IS NULL AND at <= w.happened_at
      ORDER BY at DESC, id DESC LIMIT ${MAX_SEARCHED}
    ) o
    WHERE w.host IS NULL OR o.host IS NULL OR o.host = w.host ORDER BY at DESC, id DESC LIMIT $5
  ) r`

export async function loadBatch({ query }: Queries, events: readonly Incoming[]): Promise<LoadedBatch> {
  const names = [...new Map(events.flatMap(namesOf)).values()]
  const ofSeries = distinct(events.filter(({ series }) => series !== null))
  const stamped = ofSeries.filter(({ stamp }) => stamp !== null)
  const ends = events.filter(
    ({ series, state }) => series === null && (state === 'complete' || state === 'fail'),
  )
  const [monitors, runs, open, stamps] = await Promise.all([
    query<LoadedMonitor>(
      MONITORS,
      [names.map(([key]) => key), names.map(([, env]) => env)],
      'batch-monitors',
    ),
    ofSeries.length === 0 ? [] : query<OrdinalRun>(OF_SERIES, seriesOf(ofSeries), 'batch-runs'),
    ends.length === 0 ? [] : query<OrdinalRun>(OPEN, [...endsOf(ends), ends.length], 'batch-open-runs'),
    stamped.length === 0 ? [] : query<StampedEvent>(STAMPED, seriesOf(stamped), 'batch-stamps'),
  ])
  return { monitors, ofSeries: runs, open, stamped: stamps }
}

/** The row of an event's monitor, and the one that a monitor has before its first event. */
function namesOf({ monitorKey, env }: Incoming): [name: string, row: [key: string, env: string]][] {
  const names = env === null || env === '' ? [''] : [env, '']
  return names.map(each => [`${monitorKey}\0${each}`, [monitorKey, each]])
}

/** One event of each series; one with a stamp if there is one. */
function distinct(events: readonly Incoming[]): Incoming[] {
  const found = new Map<string, Incoming>()
  for (const event of events) {
    const name = `${event.monitorKey}\0${event.env ?? ''}\0${event.series}`
    if (event.stamp !== null || !found.has(name)) found.set(name, event)
  }
  return [...found.values()]
}

function seriesOf(events: readonly Incoming[]): unknown[] {
  return [
    events.map(({ monitorKey }) => monitorKey),
    events.map(({ env }) => env ?? ''),
    events.map(({ series }) => series),
  ]
}

function endsOf(events: readonly Incoming[]): unknown[] {
  return [
    events.map(({ monitorKey }) => monitorKey),
    events.map(({ env }) => env ?? ''),
    events.map(({ happenedAt }) => happenedAt),
    events.map(({ host }) => host),
  ]
}

const OPEN_RUNS = `
  SELECT id, at FROM run WHERE monitor = $1 AND ended_at IS NULL
    AND at >= COALESCE((SELECT MAX(at) FROM run WHERE monitor = $1 AND ended_at IS NOT NULL), 0)
  ORDER BY at`

/** Those that are not lost, oldest first. The runs of the monitor must be written. */
export function loadOpenRuns({ query }: Queries, monitor: number): Promise<OpenRunStart[]> {
  return query(OPEN_RUNS, [monitor], 'batch-running-since')
}
