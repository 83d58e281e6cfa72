/** The tables, and the migrations from older versions. */

import { ENVIRONMENTS } from './migrate-environments.ts'
import { RULES } from './migrate-rules.ts'
import { inTransaction, pragmaNumber, type Sqlite } from './sqlite.ts'

/**
 * Migration n leads from `user_version` n to n + 1. A published migration is never changed.
 *
 * - Ids are AUTOINCREMENT, so that the id of a pruned row is not used again: readers keep ids as cursors.
 * - A row of `monitor` is a monitor in one environment ('' for none). `outcome` is the result of the latest end or `ok`
 *   (health.ts).
 * - `run.at` is the time of the start, or of the end if no start was received. `earlier_end` is the end of the run before
 *   it in its series (model/match-series.ts).
 * - `expectation.env` is NULL for all environments of a monitor. `rule` is JSON (rule-text.ts).
 * - `in_a_row`, `late`, `overrunning` and so on are the fields of HealthState (health.ts).
 * - `run_ended` answers whether a newer run has ended, which makes an open run `lost`. That state is not stored, since an
 *   end that arrives late would change it for other runs.
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
  // The migrations above are of versions that wrote the rows of runs and monitors with each event (see projection.ts).
  `
  ALTER TABLE monitor ADD COLUMN derived INTEGER NOT NULL DEFAULT 0;
  INSERT INTO cursor (name, id) SELECT 'derived', seq FROM sqlite_sequence WHERE name = 'event';
  `,
  ENVIRONMENTS,
  // A monitor whose row no later version has written counts as having all events up to that cursor (prune.ts).
  `
  CREATE TABLE age_mark (
    running_ms INTEGER PRIMARY KEY,
    event INTEGER NOT NULL,
    change INTEGER NOT NULL
  ) STRICT;
  UPDATE monitor SET derived = COALESCE((SELECT id FROM cursor WHERE name = 'derived'), 0)
    WHERE derived = 0 AND last_event_at IS NOT NULL;
  `,
  RULES,
  // `told_at`: when a bad health was last repeated (repetitions.ts).
  `
  ALTER TABLE change ADD COLUMN details TEXT;
  ALTER TABLE monitor ADD COLUMN told_at INTEGER;
  CREATE INDEX monitor_bad ON monitor (id) WHERE outcome = 'failing' OR late = 1 OR overrunning = 1;
  `,
]

export const SCHEMA_VERSION = MIGRATIONS.length

export type Migrated = { readonly kind: 'ready' } | { readonly kind: 'newer'; readonly version: number }

/** Each migration is one transaction. A database of a newer version is not changed. */
export function migrate(db: Sqlite, migrations: readonly string[] = MIGRATIONS): Migrated {
  const version = pragmaNumber(db, 'user_version')
  if (version > migrations.length) return { kind: 'newer', version }
  for (const [index, migration] of migrations.entries()) {
    if (index < version) continue
    inTransaction(db, () => {
      db.exec(migration)
      db.exec(`PRAGMA user_version = ${index + 1}`)
    })
  }
  return { kind: 'ready' }
}
