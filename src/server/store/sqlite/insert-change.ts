/** The statement that adds a change of health. */

export const INSERT_CHANGE =
  'INSERT INTO change (monitor_key, env, from_health, to_health, at, run, details) VALUES (?, ?, ?, ?, ?, ?, ?)'
