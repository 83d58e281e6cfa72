-- A database as version 2 of the schema left it (cronitor-exec before the environments of monitors, killed by a crash:
-- events 22 to 24 are not in the rows of runs and monitors yet). The first run of `backup` and its start were pruned.
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
CREATE TABLE env (
    monitor INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (monitor, name)
  ) STRICT, WITHOUT ROWID;
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
  , derived INTEGER NOT NULL DEFAULT 0) STRICT;
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
CREATE INDEX run_ended ON run (monitor, env, at) WHERE ended_at IS NOT NULL;
CREATE INDEX run_of_monitor ON run (monitor);
CREATE UNIQUE INDEX run_of_series ON run (monitor, series) WHERE series IS NOT NULL;
CREATE INDEX run_open ON run (monitor, env, at) WHERE ended_at IS NULL;
CREATE INDEX run_open_without_series ON run (monitor, at) WHERE ended_at IS NULL AND series IS NULL;
INSERT INTO monitor (id, key, outcome, outcome_at, late, since, last_event_at, last_success_at, expect_ms, expect_since, events_run, events_complete, events_fail, events_ok, runs_complete, runs_failed, derived) VALUES
  (1, 'backup', 'healthy', 1767232870000, 0, 1767232870000, 1767236400000, 1767232870000, NULL, NULL, 5, 2, 2, 0, 2, 2, 9),
  (2, 'plain', 'failing', 1767229200000, 0, 1767225665000, 1767229200000, 1767225605000, NULL, NULL, 1, 1, 2, 0, 1, 1, 13),
  (3, 'nightly', 'healthy', 1767225610000, 1, 1767232800000, 1767225610000, 1767225610000, 3600000, 1767225600000, 0, 0, 0, 1, 0, 0, 14),
  (4, 'report', 'failing', 1767225630000, 1, 1767232800000, 1767225630000, 1767225620000, 3600000, 1767225600000, 0, 1, 1, 1, 1, 1, 17),
  (5, 'both', 'healthy', 1767232800000, 0, 1767225610000, 1767232800000, 1767232800000, 86400000, 1767225600000, 0, 1, 0, 1, 1, 0, 19),
  (6, 'never', 'unknown', NULL, 0, NULL, NULL, NULL, 86400000, 1767225600000, 0, 0, 0, 0, 0, 0, 0),
  (7, 'mixed', 'healthy', 1767225710000, 0, 1767225710000, 1767225710000, 1767225710000, NULL, NULL, 1, 1, 0, 0, 1, 0, 21),
  (8, 'fresh', 'unknown', NULL, 0, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0);
INSERT INTO event (id, monitor, received_at, state, series, host, env, status_code, stamp, metrics, message) VALUES
  (2, 1, 1767225605000, 'complete', 'b0', NULL, 'production', NULL, NULL, NULL, NULL),
  (3, 1, 1767229200000, 'run', 'b1', NULL, 'production', NULL, NULL, NULL, NULL),
  (4, 1, 1767229205000, 'fail', 'b1', NULL, 'production', NULL, NULL, NULL, 'disk full'),
  (5, 1, 1767232800000, 'run', 'b2', NULL, 'production', NULL, NULL, NULL, NULL),
  (6, 1, 1767232805000, 'fail', 'b2', NULL, 'production', NULL, 1767232803, NULL, NULL),
  (7, 1, 1767232860000, 'run', 'b3', NULL, 'staging', NULL, NULL, NULL, NULL),
  (8, 1, 1767232870000, 'complete', 'b3', NULL, 'staging', NULL, NULL, NULL, NULL),
  (9, 1, 1767236400000, 'run', 'b4', NULL, 'production', NULL, NULL, NULL, NULL),
  (11, 2, 1767225605000, 'complete', 'same', NULL, NULL, NULL, NULL, NULL, NULL),
  (12, 2, 1767225665000, 'fail', 'same', NULL, NULL, NULL, NULL, NULL, NULL),
  (13, 2, 1767229200000, 'fail', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (14, 3, 1767225610000, 'ok', NULL, NULL, 'production', NULL, NULL, NULL, NULL),
  (15, 4, 1767225610000, 'ok', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (16, 4, 1767225620000, 'complete', NULL, NULL, 'production', NULL, NULL, NULL, NULL),
  (17, 4, 1767225630000, 'fail', NULL, NULL, 'staging', NULL, NULL, NULL, NULL),
  (18, 5, 1767225610000, 'complete', NULL, NULL, 'staging', NULL, NULL, NULL, NULL),
  (19, 5, 1767232800000, 'ok', NULL, NULL, 'production', NULL, NULL, NULL, NULL),
  (20, 7, 1767225700000, 'run', 'm1', NULL, NULL, NULL, NULL, NULL, NULL),
  (21, 7, 1767225710000, 'complete', 'm1', NULL, 'production', NULL, NULL, NULL, NULL),
  (22, 1, 1767236409000, 'complete', 'b4', NULL, 'production', NULL, NULL, NULL, NULL),
  (23, 8, 1767236400000, 'complete', 'f', NULL, 'test', NULL, NULL, NULL, NULL),
  (24, 2, 1767236400000, 'run', 'p2', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO run (id, monitor, series, env, host, at, started_at, ended_at, end_state, seen, reported_duration, status_code, start_event, end_event) VALUES
  (2, 1, 'b1', 'production', NULL, 1767229200000, 1767229200000, 1767229205000, 'failed', 5, NULL, NULL, 3, 4),
  (3, 1, 'b2', 'production', NULL, 1767232800000, 1767232800000, 1767232803000, 'failed', 5, NULL, NULL, 5, 6),
  (4, 1, 'b3', 'staging', NULL, 1767232860000, 1767232860000, 1767232870000, 'complete', 3, NULL, NULL, 7, 8),
  (5, 1, 'b4', 'production', NULL, 1767236400000, 1767236400000, NULL, NULL, 1, NULL, NULL, 9, NULL),
  (7, 2, NULL, '', NULL, 1767229200000, NULL, 1767229200000, 'failed', 4, NULL, NULL, NULL, 13),
  (8, 4, NULL, 'production', NULL, 1767225620000, NULL, 1767225620000, 'complete', 2, NULL, NULL, NULL, 16),
  (9, 4, NULL, 'staging', NULL, 1767225630000, NULL, 1767225630000, 'failed', 4, NULL, NULL, NULL, 17),
  (10, 5, NULL, 'staging', NULL, 1767225610000, NULL, 1767225610000, 'complete', 2, NULL, NULL, NULL, 18),
  (11, 7, 'm1', 'production', NULL, 1767225700000, 1767225700000, 1767225710000, 'complete', 3, NULL, NULL, 20, 21);
INSERT INTO env (monitor, name) VALUES
  (1, 'production'),
  (1, 'staging'),
  (2, ''),
  (4, 'production'),
  (4, 'staging'),
  (5, 'staging'),
  (7, 'production'),
  (8, 'test');
INSERT INTO change (id, monitor_key, from_health, to_health, at, run) VALUES
  (1, 'backup', 'healthy', 'failing', 1767229205000, 2),
  (2, 'backup', 'failing', 'healthy', 1767232870000, 4),
  (3, 'plain', 'healthy', 'failing', 1767225665000, 6),
  (4, 'report', 'healthy', 'failing', 1767225630000, 9),
  (5, 'nightly', 'healthy', 'late', 1767232800000, NULL),
  (6, 'report', 'failing', 'late', 1767232800000, NULL);
INSERT INTO cursor (name, id) VALUES
  ('derived', 21);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence (name, seq) VALUES
  ('monitor', 8),
  ('event', 24),
  ('change', 6),
  ('run', 11);
PRAGMA user_version = 2;
