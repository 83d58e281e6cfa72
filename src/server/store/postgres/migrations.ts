/**
 * The tables on PostgreSQL. Migration n leads from version n to n + 1. A published migration is never changed.
 *
 * - The columns mean what those of the same name mean in sqlite/schema.ts. Times are milliseconds since 1970.
 * - `head` is one row: the ids that were given last, and the number of rows of `monitor`. Its lock is the write lock of all
 *   servers. Ids ascend in the order of commits, and are never used again.
 * - Texts are compared by their bytes (COLLATE "C"), whatever the collation of the database.
 * - `run.ordinal` counts the runs of a series, from 1; NULL without a series.
 * - `event.run` is the run that the event belongs to; NULL for `ok`. `corrects` is true for an end of a run that had an end
 *   already; in a store that was copied from SQLite, for one that was corrected. event_of_run thus holds that a run
 *   has one start and one first end, whatever several servers do at the same time.
 * - `monitor.derived` is the newest event of the monitor.
 * - `age_mark.marked_by` is the server that added the time: several servers do so (age-marks.ts).
 * - `expectation.id` is the order in which the expectations were given.
 * - `session` has hashes of tokens, and `limit_use` what servers have told of their rate limits in the last seconds.
 * - `store_copy` has a row if a store was copied from SQLite, or is being copied: no server may write meanwhile.
 * - Rows of `monitor` leave room in their pages, so that an update writes no index.
 */

export interface Migration {
  readonly sql: string
  /** The oldest version whose servers may still run with the database afterwards (expand first, contract later). */
  readonly needs: number
}

const TABLES = `
  CREATE TABLE head (
    id boolean PRIMARY KEY DEFAULT true CHECK (id),
    last_event bigint NOT NULL DEFAULT 0,
    last_change bigint NOT NULL DEFAULT 0,
    last_run bigint NOT NULL DEFAULT 0,
    last_monitor bigint NOT NULL DEFAULT 0,
    monitors bigint NOT NULL DEFAULT 0
  ) WITH (fillfactor = 10);
  INSERT INTO head DEFAULT VALUES;

  CREATE TABLE monitor (
    id bigint PRIMARY KEY,
    key text COLLATE "C" NOT NULL,
    env text COLLATE "C" NOT NULL DEFAULT '',
    outcome text NOT NULL DEFAULT 'unknown',
    outcome_at bigint,
    in_a_row bigint NOT NULL DEFAULT 0,
    late boolean NOT NULL DEFAULT false,
    overrunning boolean NOT NULL DEFAULT false,
    since bigint,
    last_event_at bigint,
    last_success_at bigint,
    last_failure_at bigint,
    last_start_at bigint,
    expect_since bigint,
    rule text,
    events_run bigint NOT NULL DEFAULT 0,
    events_complete bigint NOT NULL DEFAULT 0,
    events_fail bigint NOT NULL DEFAULT 0,
    events_ok bigint NOT NULL DEFAULT 0,
    runs_complete bigint NOT NULL DEFAULT 0,
    runs_failed bigint NOT NULL DEFAULT 0,
    derived bigint NOT NULL DEFAULT 0,
    told_at bigint,
    UNIQUE (key, env)
  ) WITH (fillfactor = 50);
  CREATE INDEX monitor_with_rule ON monitor (id) WHERE rule IS NOT NULL;
  CREATE INDEX monitor_bad ON monitor (id) WHERE outcome = 'failing' OR late OR overrunning;

  CREATE TABLE event (
    id bigint PRIMARY KEY,
    monitor bigint NOT NULL,
    received_at bigint NOT NULL,
    run bigint,
    corrects boolean NOT NULL DEFAULT false,
    state text NOT NULL,
    series text COLLATE "C",
    host text,
    env text COLLATE "C",
    status_code bigint,
    stamp double precision,
    metrics text,
    message text
  );
  CREATE UNIQUE INDEX event_of_run ON event (run, state) WHERE run IS NOT NULL AND NOT corrects;

  CREATE TABLE run (
    id bigint PRIMARY KEY,
    monitor bigint NOT NULL,
    series text COLLATE "C",
    ordinal bigint,
    host text,
    at bigint NOT NULL,
    started_at bigint,
    ended_at bigint,
    end_state text,
    earlier_end bigint,
    reported_duration double precision,
    status_code bigint,
    start_event bigint,
    end_event bigint,
    CHECK ((series IS NULL) = (ordinal IS NULL))
  );
  CREATE INDEX run_of_monitor ON run (monitor, id);
  CREATE UNIQUE INDEX run_of_series ON run (monitor, series, ordinal) WHERE series IS NOT NULL;
  CREATE INDEX run_open ON run (monitor, at) WHERE ended_at IS NULL;
  CREATE INDEX run_open_without_series ON run (monitor, at, id) WHERE ended_at IS NULL AND series IS NULL;
  CREATE INDEX run_ended ON run (monitor, at) WHERE ended_at IS NOT NULL;

  CREATE TABLE change (
    id bigint PRIMARY KEY,
    monitor_key text COLLATE "C" NOT NULL,
    env text COLLATE "C" NOT NULL DEFAULT '',
    from_health text NOT NULL,
    to_health text NOT NULL,
    at bigint NOT NULL,
    run bigint,
    details text
  );

  CREATE TABLE cursor (
    name text COLLATE "C" PRIMARY KEY,
    id bigint NOT NULL
  );

  CREATE TABLE expectation (
    id bigint PRIMARY KEY,
    monitor_key text COLLATE "C" NOT NULL,
    env text COLLATE "C",
    rule text NOT NULL,
    UNIQUE (monitor_key, env)
  );

  CREATE TABLE age_mark (
    running_ms bigint PRIMARY KEY,
    event bigint NOT NULL,
    change bigint NOT NULL,
    marked_at bigint NOT NULL,
    marked_by text NOT NULL
  );

  CREATE TABLE duty (
    name text COLLATE "C" PRIMARY KEY,
    owner text NOT NULL,
    until timestamptz NOT NULL
  );

  CREATE TABLE session (
    id text COLLATE "C" PRIMARY KEY,
    proof text NOT NULL,
    used_at timestamptz NOT NULL
  );

  CREATE UNLOGGED TABLE limit_use (
    id uuid PRIMARY KEY,
    server text NOT NULL,
    at timestamptz NOT NULL,
    uses text NOT NULL
  );

  CREATE TABLE store_copy (
    source text PRIMARY KEY,
    is_finished boolean NOT NULL DEFAULT false
  );
`

export const POSTGRES_MIGRATIONS: readonly Migration[] = [{ sql: TABLES, needs: 1 }]

/** The tables that hold what a user would miss, or that grow. */
export const POSTGRES_TABLES = [
  'head',
  'monitor',
  'event',
  'run',
  'change',
  'cursor',
  'expectation',
  'age_mark',
  'duty',
  'store_copy',
] as const
