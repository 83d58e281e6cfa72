/** The tables, and how a database of an older version becomes one of this. */

import { inTransaction, pragmaNumber, type Sqlite } from './sqlite.ts'

/**
 * Step n leads from `user_version` n to n + 1. A step that was published is never changed.
 *
 * Ids are AUTOINCREMENT, since what was given one may be pruned, and readers keep ids as their place.
 * `monitor.outcome` is what the latest end or `ok` said; `late` lies over it (health.ts).
 * `run.at` is when it started, or ended where no start is known; `seen` has a bit for each state received (projection/merge-run.ts).
 * The indexes of open runs are small. That of ended ones tells at once whether a newer run has ended: which makes an
 * open one `lost`. It is not stored, since an end that comes late would change it for other runs.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE monitor (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    outcome TEXT NOT NULL DEFAULT 'unknown',
    outcome_at INTEGER,
    late INTEGER NOT NULL DEFAULT 0,
    since INTEGER,
    last_event_at INTEGER,
    last_success_at INTEGER,
    expect_ms INTEGER,
    expect_since INTEGER,
    events_run INTEGER NOT NULL DEFAULT 0,
    events_complete INTEGER NOT NULL DEFAULT 0,
    events_fail INTEGER NOT NULL DEFAULT 0,
    events_ok INTEGER NOT NULL DEFAULT 0,
    runs_complete INTEGER NOT NULL DEFAULT 0,
    runs_failed INTEGER NOT NULL DEFAULT 0
  ) STRICT;

  CREATE TABLE event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    monitor INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    series TEXT,
    host TEXT,
    env TEXT,
    status_code INTEGER,
    stamp REAL,
    metrics TEXT,
    message TEXT
  ) STRICT;

  CREATE TABLE run (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    monitor INTEGER NOT NULL,
    series TEXT,
    env TEXT NOT NULL,
    host TEXT,
    at INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    end_state TEXT,
    seen INTEGER NOT NULL,
    reported_duration REAL,
    status_code INTEGER,
    start_event INTEGER,
    end_event INTEGER
  ) STRICT;
  CREATE INDEX run_of_monitor ON run (monitor);
  CREATE UNIQUE INDEX run_of_series ON run (monitor, series) WHERE series IS NOT NULL;
  CREATE INDEX run_open ON run (monitor, env, at) WHERE ended_at IS NULL;
  CREATE INDEX run_open_without_series ON run (monitor, at) WHERE ended_at IS NULL AND series IS NULL;
  CREATE INDEX run_ended ON run (monitor, env, at) WHERE ended_at IS NOT NULL;

  CREATE TABLE env (
    monitor INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (monitor, name)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE change (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    monitor_key TEXT NOT NULL,
    from_health TEXT NOT NULL,
    to_health TEXT NOT NULL,
    at INTEGER NOT NULL,
    run INTEGER
  ) STRICT;

  CREATE TABLE cursor (
    name TEXT PRIMARY KEY,
    id INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  // Until here runs and monitors were written with each event; from here on this says up to which (derive.ts).
  `
  ALTER TABLE monitor ADD COLUMN derived INTEGER NOT NULL DEFAULT 0;
  INSERT INTO cursor (name, id) SELECT 'derived', seq FROM sqlite_sequence WHERE name = 'event';
  `,
]

export const SCHEMA_VERSION = MIGRATIONS.length

export type Migrated = { readonly kind: 'ready' } | { readonly kind: 'newer'; readonly version: number }

/** Each step is a transaction of its own. A database of a newer version is left as it is. */
export function migrate(db: Sqlite, steps: readonly string[] = MIGRATIONS): Migrated {
  const version = pragmaNumber(db, 'user_version')
  if (version > steps.length) return { kind: 'newer', version }
  for (const [index, step] of steps.entries()) {
    if (index < version) continue
    inTransaction(db, () => {
      db.exec(step)
      db.exec(`PRAGMA user_version = ${index + 1}`)
    })
  }
  return { kind: 'ready' }
}
