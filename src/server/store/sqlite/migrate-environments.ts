/**
 * Divides each monitor by its environments: one row for each of them, to which their events and runs then point.
 *
 * - The environment with the most stored events keeps the id. Counts of pruned events cannot be divided, and go to it.
 * - A monitor with a single environment keeps everything.
 * - Else the outcome, its time and the last success follow from the stored events of the environment. If a success and a
 *   failure happened at the same time, it is failing.
 * - A late monitor is late in each environment, since none had a success in time. If it is not late, the environment with
 *   the last success keeps its deadline, and the others get a full period from now on: an upgrade notifies nobody.
 */
export const ENVIRONMENTS = `
  CREATE TEMP VIEW stored AS
    SELECT e.id, e.monitor, COALESCE(e.env, '') AS env, e.state, e.received_at,
      -- As in happened-at.ts.
      CASE WHEN round(e.stamp * 1000) BETWEEN 946684800000 AND e.received_at
        THEN CAST(round(e.stamp * 1000) AS INTEGER) ELSE e.received_at END AS happened_at,
      -- Rows of monitors and runs do not include later events yet.
      e.id <= MAX(m.derived, COALESCE((SELECT id FROM cursor WHERE name = 'derived'), 0)) AS is_included
    FROM event e JOIN monitor m ON m.id = e.monitor;

  CREATE TEMP TABLE stored_env AS
    SELECT monitor, env, COUNT(*) AS events,
      COALESCE(MAX(id) FILTER (WHERE is_included), 0) AS last_event,
      MAX(received_at) FILTER (WHERE is_included) AS last_event_at,
      COALESCE(MAX(happened_at) FILTER (WHERE is_included AND state IN ('complete', 'ok')), 0) AS last_success_at,
      COALESCE(MAX(happened_at) FILTER (WHERE is_included AND state = 'fail'), 0) AS last_failure_at,
      COUNT(*) FILTER (WHERE is_included AND state = 'run') AS events_run,
      COUNT(*) FILTER (WHERE is_included AND state = 'complete') AS events_complete,
      COUNT(*) FILTER (WHERE is_included AND state = 'fail') AS events_fail,
      COUNT(*) FILTER (WHERE is_included AND state = 'ok') AS events_ok
    FROM stored GROUP BY monitor, env;
  CREATE UNIQUE INDEX temp.stored_env_of_monitor ON stored_env (monitor, env);

  CREATE TEMP TABLE part AS
    SELECT monitor, env, ROW_NUMBER() OVER (PARTITION BY monitor ORDER BY events DESC, env) AS place,
      COUNT(*) OVER (PARTITION BY monitor) AS places, 0 AS id
    FROM (
      SELECT monitor, env, MAX(events) AS events
      FROM (
        SELECT monitor, env, events FROM stored_env
        UNION ALL SELECT monitor, name, 0 FROM env
        UNION ALL SELECT id, '', -1 FROM monitor m
          WHERE NOT EXISTS (SELECT 1 FROM stored_env s WHERE s.monitor = m.id)
            AND NOT EXISTS (SELECT 1 FROM env n WHERE n.monitor = m.id)
      )
      GROUP BY monitor, env
    );
  UPDATE part SET id = monitor WHERE place = 1;
  UPDATE part SET id = n.id FROM (
      SELECT rowid AS part, ROW_NUMBER() OVER (ORDER BY monitor, place) +
        (SELECT seq FROM sqlite_sequence WHERE name = 'monitor') AS id
      FROM part WHERE place > 1
    ) n
    WHERE n.part = part.rowid;
  CREATE UNIQUE INDEX temp.part_of_monitor ON part (monitor, env);

  CREATE TEMP TABLE ended_env AS
    SELECT monitor, env, COUNT(*) FILTER (WHERE end_state = 'complete') AS runs_complete,
      COUNT(*) FILTER (WHERE end_state = 'failed') AS runs_failed
    FROM run WHERE monitor IN (SELECT monitor FROM part WHERE places > 1) GROUP BY monitor, env;
  CREATE UNIQUE INDEX temp.ended_env_of_monitor ON ended_env (monitor, env);

  CREATE TEMP TABLE since_env AS
    SELECT e.monitor, e.env, MIN(e.happened_at) AS since
    FROM stored e JOIN stored_env s ON s.monitor = e.monitor AND s.env = e.env
    WHERE e.monitor IN (SELECT monitor FROM part WHERE places > 1) AND e.is_included
      AND CASE WHEN s.last_failure_at >= s.last_success_at
        THEN e.state = 'fail' AND e.happened_at > s.last_success_at
          OR e.state = 'fail' AND e.happened_at = s.last_failure_at
        ELSE e.state IN ('complete', 'ok') AND e.happened_at > s.last_failure_at END
    GROUP BY e.monitor, e.env;

  CREATE TABLE new_monitor (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL,
    env TEXT NOT NULL DEFAULT '',
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
    runs_failed INTEGER NOT NULL DEFAULT 0,
    derived INTEGER NOT NULL DEFAULT 0,
    UNIQUE (key, env)
  ) STRICT;
  INSERT INTO new_monitor
    SELECT m.id, m.key, p.env, m.outcome, m.outcome_at, m.late, m.since, m.last_event_at, m.last_success_at, m.expect_ms,
      m.expect_since, m.events_run, m.events_complete, m.events_fail, m.events_ok, m.runs_complete, m.runs_failed,
      MAX(m.derived, COALESCE(s.last_event, 0))
    FROM monitor m JOIN part p ON p.monitor = m.id
      LEFT JOIN stored_env s ON s.monitor = p.monitor AND s.env = p.env
    WHERE p.places = 1;
  INSERT INTO new_monitor
    SELECT p.id, m.key, p.env,
      CASE WHEN MAX(s.last_failure_at, s.last_success_at) > 0
        THEN iif(s.last_failure_at >= s.last_success_at, 'failing', 'healthy') ELSE 'unknown' END,
      NULLIF(MAX(s.last_failure_at, s.last_success_at), 0),
      m.late,
      CASE WHEN m.late = 1 AND (MAX(s.last_failure_at, s.last_success_at) > 0 AND s.last_failure_at >= s.last_success_at) IS NOT 1
        THEN m.since ELSE n.since END,
      COALESCE(s.last_event_at, (SELECT MAX(at) FROM run r WHERE r.monitor = p.monitor AND r.env = p.env)),
      NULLIF(s.last_success_at, 0),
      m.expect_ms,
      CASE WHEN m.expect_ms IS NULL OR m.late = 1 OR s.last_success_at = m.last_success_at THEN m.expect_since
        ELSE CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) END,
      COALESCE(s.events_run, 0), COALESCE(s.events_complete, 0), COALESCE(s.events_fail, 0), COALESCE(s.events_ok, 0),
      COALESCE(r.runs_complete, 0), COALESCE(r.runs_failed, 0),
      COALESCE(s.last_event, 0)
    FROM part p JOIN monitor m ON m.id = p.monitor
      LEFT JOIN stored_env s ON s.monitor = p.monitor AND s.env = p.env
      LEFT JOIN ended_env r ON r.monitor = p.monitor AND r.env = p.env
      LEFT JOIN since_env n ON n.monitor = p.monitor AND n.env = p.env
    WHERE p.places > 1;
  UPDATE new_monitor SET
      events_run = new_monitor.events_run + m.events_run - d.events_run,
      events_complete = new_monitor.events_complete + m.events_complete - d.events_complete,
      events_fail = new_monitor.events_fail + m.events_fail - d.events_fail,
      events_ok = new_monitor.events_ok + m.events_ok - d.events_ok,
      runs_complete = new_monitor.runs_complete + m.runs_complete - d.runs_complete,
      runs_failed = new_monitor.runs_failed + m.runs_failed - d.runs_failed
    FROM monitor m JOIN (
        SELECT key, SUM(events_run) AS events_run, SUM(events_complete) AS events_complete, SUM(events_fail) AS events_fail,
          SUM(events_ok) AS events_ok, SUM(runs_complete) AS runs_complete, SUM(runs_failed) AS runs_failed
        FROM new_monitor GROUP BY key
      ) d ON d.key = m.key
    WHERE new_monitor.id = m.id;
  DELETE FROM sqlite_sequence WHERE name = 'new_monitor';
  INSERT INTO sqlite_sequence (name, seq)
    SELECT 'new_monitor', MAX(seq, COALESCE((SELECT MAX(id) FROM new_monitor), 0)) FROM sqlite_sequence WHERE name = 'monitor';

  UPDATE event SET monitor =
      (SELECT id FROM part p WHERE p.monitor = event.monitor AND p.env = COALESCE(event.env, ''))
    WHERE EXISTS (SELECT 1 FROM part p
      WHERE p.monitor = event.monitor AND p.env = COALESCE(event.env, '') AND p.place > 1);

  ALTER TABLE change ADD COLUMN env TEXT NOT NULL DEFAULT '';
  UPDATE change SET env = COALESCE(
    (SELECT env FROM run WHERE run.id = change.run),
    (SELECT env FROM new_monitor m WHERE m.key = change.monitor_key GROUP BY m.key HAVING COUNT(*) = 1),
    '');

  CREATE TABLE new_run (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    monitor INTEGER NOT NULL,
    series TEXT,
    host TEXT,
    at INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    end_state TEXT,
    earlier_end INTEGER,
    reported_duration REAL,
    status_code INTEGER,
    start_event INTEGER,
    end_event INTEGER
  ) STRICT;
  INSERT INTO new_run
    SELECT r.id, COALESCE((SELECT p.id FROM part p WHERE p.monitor = r.monitor AND p.env = r.env), r.monitor), r.series,
      r.host, r.at, r.started_at, r.ended_at, r.end_state, NULL, r.reported_duration, r.status_code, r.start_event, r.end_event
    FROM run r ORDER BY r.id;
  DELETE FROM sqlite_sequence WHERE name = 'new_run';
  INSERT INTO sqlite_sequence (name, seq) SELECT 'new_run', seq FROM sqlite_sequence WHERE name = 'run';

  CREATE TABLE expectation (
    monitor_key TEXT NOT NULL,
    env TEXT,
    every_ms INTEGER NOT NULL,
    UNIQUE (monitor_key, env)
  ) STRICT;
  INSERT INTO expectation SELECT key, NULL, expect_ms FROM monitor WHERE expect_ms IS NOT NULL;

  DROP VIEW stored;
  DROP TABLE stored_env;
  DROP TABLE ended_env;
  DROP TABLE since_env;
  DROP TABLE part;
  DROP TABLE env;
  DROP TABLE monitor;
  DROP TABLE run;
  ALTER TABLE new_monitor RENAME TO monitor;
  ALTER TABLE new_run RENAME TO run;
  CREATE INDEX run_of_monitor ON run (monitor);
  CREATE INDEX run_of_series ON run (monitor, series) WHERE series IS NOT NULL;
  CREATE INDEX run_open ON run (monitor, at) WHERE ended_at IS NULL;
  CREATE INDEX run_open_without_series ON run (monitor, at) WHERE ended_at IS NULL AND series IS NULL;
  CREATE INDEX run_ended ON run (monitor, at) WHERE ended_at IS NOT NULL;
`
