/** Runs that are open and not lost: no newer run of their monitor has ended. */

/** An SQL expression: the runs of monitor `m` that are so. */
const OPEN_RUNS = `
  FROM run o WHERE o.monitor = m.id AND o.ended_at IS NULL
    AND o.at >= COALESCE((SELECT MAX(n.at) FROM run n WHERE n.monitor = m.id AND n.ended_at IS NOT NULL), 0)`

/**
 * An SQL expression: `value` if monitor `m` has a run that has not ended, else NULL. Few have one, and these are in a small
 * index, so that the last end, which is in a large one, is not looked for in vain. Not EXISTS: PostgreSQL may then read all
 * runs that have not ended, of all monitors, each time.
 */
const ifOpen = (value: string) => `
  CASE WHEN (SELECT MAX(e.at) FROM run e WHERE e.monitor = m.id AND e.ended_at IS NULL) IS NOT NULL THEN ${value} END`

/** When the oldest of them started; NULL if there is none. */
export const OPEN_SINCE = ifOpen(`(SELECT MIN(o.at) ${OPEN_RUNS})`)

/** How many there are; NULL for none. */
export const OPEN_COUNT = ifOpen(`(SELECT COUNT(*) ${OPEN_RUNS})`)

/** The id of the oldest of them; NULL if there is none. */
export const OLDEST_OPEN_RUN = `(SELECT o.id ${OPEN_RUNS} ORDER BY o.at LIMIT 1)`
