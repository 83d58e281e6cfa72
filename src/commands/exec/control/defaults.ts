/** The defaults of job control, in milliseconds. */

export const DEFAULT_KILL_AFTER_MS = 10_000

export const DEFAULT_RETRY_DELAY_MS = 10_000
