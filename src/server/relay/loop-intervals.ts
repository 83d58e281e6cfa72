/** Intervals of the relay's loops, in milliseconds. */

/** Each loop looks for events this often at least: `cronitor spool retry` puts events into the spool without waking it. */
export const POLL_MS = 60_000

/** The wait after an error of the store or the spool. */
export const ERROR_PAUSE_MS = 5000
