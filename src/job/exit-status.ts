/**
 * The exit statuses that do not come from the job. In all commands but the wrapper and `cronitor try`, 0 means success and 1
 * failure.
 */

/** A usage error of any command but the wrapper. */
export const USAGE_STATUS = 2

/** Another run holds the lock. EX_TEMPFAIL, see sysexits.h(3head). */
export const LOCKED_STATUS = 75

/** A time limit has ended the job: the status that GNU `timeout` uses. */
export const TIMED_OUT_STATUS = 124

/** A usage error of the wrapper: the status that GNU `timeout`, `env` and `nohup` use for their own errors. */
export const WRAPPER_USAGE_STATUS = 125

/** `cronitor try`: cron would not run the line, or this user cannot. */
export const NOT_RUN_STATUS = 125

/** The lock cannot be taken, whoever holds it. The job is not run. */
export const CANNOT_LOCK_STATUS = 125

/** The job's program exists but cannot be run (POSIX, shell command language, 2.8.2). */
export const CANNOT_RUN_STATUS = 126

/** The job's program was not found (POSIX, the same section). */
export const NOT_FOUND_STATUS = 127
