/** The tables that are copied from SQLite to PostgreSQL: their columns, and where the values come from. */

/** PostgreSQL's types. */
export type ColumnType = 'bigint' | 'text' | 'boolean' | 'double precision'

export interface CopiedTable {
  readonly name: string
  /** Those that both have, or that the query makes up. The first one is the key. */
  readonly columns: readonly (readonly [name: string, type: ColumnType])[]
  /** A query of SQLite: rows with a key above ?1, sorted by it, at most ?2. */
  readonly select: string
  /** Columns that PostgreSQL has besides, with an SQL expression over the row `v`. */
  readonly added?: readonly (readonly [name: string, expression: string])[]
}

const bigint = 'bigint'
const text = 'text'
const boolean = 'boolean'
const double = 'double precision'

const MONITOR: CopiedTable = {
  name: 'monitor',
  columns: [
    ['id', bigint],
    ['key', text],
    ['env', text],
    ['outcome', text],
    ['outcome_at', bigint],
    ['in_a_row', bigint],
    ['late', boolean],
    ['overrunning', boolean],
    ['since', bigint],
    ['last_event_at', bigint],
    ['last_success_at', bigint],
    ['last_failure_at', bigint],
    ['last_start_at', bigint],
    ['expect_since', bigint],
    ['rule', text],
    ['events_run', bigint],
    ['events_complete', bigint],
    ['events_fail', bigint],
    ['events_ok', bigint],
    ['runs_complete', bigint],
    ['runs_failed', bigint],
    ['derived', bigint],
    ['told_at', bigint],
  ],
  select: 'SELECT * FROM monitor WHERE id > ?1 ORDER BY id LIMIT ?2',
}

const RUN: CopiedTable = {
  name: 'run',
  columns: [
    ['id', bigint],
    ['monitor', bigint],
    ['series', text],
    ['host', text],
    ['at', bigint],
    ['started_at', bigint],
    ['ended_at', bigint],
    ['end_state', text],
    ['earlier_end', bigint],
    ['reported_duration', double],
    ['status_code', bigint],
    ['start_event', bigint],
    ['end_event', bigint],
  ],
  select: 'SELECT * FROM run WHERE id > ?1 ORDER BY id LIMIT ?2',
  added: [
    [
      'ordinal',
      `CASE WHEN series IS NOT NULL THEN
        ROW_NUMBER() OVER (PARTITION BY monitor, series ORDER BY id)
        + COALESCE((SELECT MAX(r.ordinal) FROM run r WHERE r.monitor = v.monitor AND r.series = v.series), 0)
      END`,
    ],
  ],
}

const EVENT: CopiedTable = {
  name: 'event',
  columns: [
    ['id', bigint],
    ['monitor', bigint],
    ['received_at', bigint],
    ['run', bigint],
    ['corrects', boolean],
    ['state', text],
    ['series', text],
    ['host', text],
    ['env', text],
    ['status_code', bigint],
    ['stamp', double],
    ['metrics', text],
    ['message', text],
  ],
  // No run names an end that was corrected: it belongs to the first run of its series that has this event or a later one.
  select: `
    SELECT e.*, r.run IS NULL AND e.state <> 'ok' AS corrects, COALESCE(r.run, (
      SELECT s.id FROM run s
      WHERE s.monitor = e.monitor AND s.series = e.series AND e.state <> 'ok'
        AND MAX(COALESCE(s.start_event, 0), COALESCE(s.end_event, 0)) >= e.id
      ORDER BY s.id LIMIT 1
    )) AS run
    FROM event e LEFT JOIN temp.run_of_event r ON r.event = e.id
    WHERE e.id > ?1 ORDER BY e.id LIMIT ?2`,
}

const CHANGE: CopiedTable = {
  name: 'change',
  columns: [
    ['id', bigint],
    ['monitor_key', text],
    ['env', text],
    ['from_health', text],
    ['to_health', text],
    ['at', bigint],
    ['run', bigint],
    ['details', text],
  ],
  select: 'SELECT * FROM change WHERE id > ?1 ORDER BY id LIMIT ?2',
}

/** Runs come before events: an event is in the database only if its run is. */
export const LARGE_TABLES: readonly CopiedTable[] = [MONITOR, RUN, EVENT, CHANGE]

/** Tables that are copied as a whole, together with the end of the copy. */
export const SMALL_TABLES: readonly CopiedTable[] = [
  {
    name: 'expectation',
    columns: [
      ['id', bigint],
      ['monitor_key', text],
      ['env', text],
      ['rule', text],
    ],
    select: 'SELECT rowid AS id, * FROM expectation WHERE rowid > ?1 ORDER BY rowid LIMIT ?2',
  },
  {
    name: 'age_mark',
    columns: [
      ['running_ms', bigint],
      ['event', bigint],
      ['change', bigint],
    ],
    select: 'SELECT * FROM age_mark WHERE running_ms > ?1 ORDER BY running_ms LIMIT ?2',
    added: [
      ['marked_at', '(EXTRACT(EPOCH FROM now()) * 1000)::bigint'],
      ['marked_by', "''"],
    ],
  },
  {
    name: 'cursor',
    columns: [
      ['name', text],
      ['id', bigint],
    ],
    // Not the one that says up to which event SQLite's rows of monitors and runs are written.
    select: "SELECT * FROM cursor WHERE name > ?1 AND name <> 'derived' ORDER BY name LIMIT ?2",
  },
]
