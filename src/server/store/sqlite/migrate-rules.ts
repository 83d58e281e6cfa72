/**
 * Replaces the interval of an expectation by a rule, which is JSON. The rules `every`, and the health of each monitor, stay
 * as they are: an upgrade notifies nobody.
 */
export const RULES = `
  ALTER TABLE monitor ADD COLUMN in_a_row INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE monitor ADD COLUMN overrunning INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE monitor ADD COLUMN last_failure_at INTEGER;
  ALTER TABLE monitor ADD COLUMN last_start_at INTEGER;
  ALTER TABLE monitor ADD COLUMN rule TEXT;
  UPDATE monitor SET
    in_a_row = CASE outcome WHEN 'healthy' THEN 1 WHEN 'failing' THEN -1 ELSE 0 END,
    last_failure_at = iif(outcome = 'failing', outcome_at, NULL),
    rule = iif(expect_ms IS NULL, NULL, json_object('schedule', json_object('kind', 'every', 'everyMs', expect_ms)));
  ALTER TABLE monitor DROP COLUMN expect_ms;
  CREATE INDEX monitor_with_rule ON monitor (id) WHERE rule IS NOT NULL;

  CREATE TABLE new_expectation (
    monitor_key TEXT NOT NULL,
    env TEXT,
    rule TEXT NOT NULL,
    UNIQUE (monitor_key, env)
  ) STRICT;
  INSERT INTO new_expectation
    SELECT monitor_key, env, json_object('schedule', json_object('kind', 'every', 'everyMs', every_ms))
    FROM expectation ORDER BY rowid;
  DROP TABLE expectation;
  ALTER TABLE new_expectation RENAME TO expectation;
`
