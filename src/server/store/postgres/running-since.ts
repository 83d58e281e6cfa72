/** Runs that are open and not lost: no newer run of their monitor has ended. */

/** An SQL expression: the runs of monitor `m` that are so. */
const OPEN_RUNS = `
  FROM run o WHERE o.monitor = m.id AND o.ended_at IS NULL
    AND o.at >= COALESCE((SELECT MAX(n.at) FROM run n WHERE n.monitor = m.id AND n.ended_at IS NOT NULL), 0)`

/** When the oldest of them started; NULL if there is none. */
export const OPEN_SINCE = `(SELECT MIN(o.at) ${OPEN_RUNS})`

/** The id of the oldest of them; NULL if there is none. */
export const OLDEST_OPEN_RUN = `(SELECT o.id ${OPEN_RUNS} ORDER BY o.at LIMIT 1)`
