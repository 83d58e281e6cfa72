/** The exit statuses that are not the job's own. 0 and 1 mean success and failure in all other commands. */

/** A wrong command line of any command but the wrapper. */
export const USAGE_STATUS = 2

/** A wrong command line of the wrapper: the status that GNU `timeout`, `env` and `nohup` use for errors of their own. */
export const WRAPPER_USAGE_STATUS = 125

/** The job's program exists and cannot be run (POSIX, shell command language, 2.8.2). */
export const CANNOT_RUN_STATUS = 126

/** The job's program was not found (POSIX, the same section). */
export const NOT_FOUND_STATUS = 127
