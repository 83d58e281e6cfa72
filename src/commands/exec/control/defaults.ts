/** The defaults of job control. */

export const DEFAULT_KILL_AFTER_MS = 10_000

export const DEFAULT_RETRY_DELAY_MS = 10_000

/** For `--quiet-success`. */
export const DEFAULT_BUFFER_BYTES = 64 * 1_048_576
