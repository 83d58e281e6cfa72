/** The exit statuses that are not the job's own. 0 and 1 mean success and failure in all other commands. */

import { constants } from 'node:os'
import type { JobEnd } from './job-end.ts'

/** A wrong command line of any command but the wrapper. */
export const USAGE_STATUS = 2

/** A wrong command line of the wrapper: the status that GNU `timeout`, `env` and `nohup` use for errors of their own. */
export const WRAPPER_USAGE_STATUS = 125

/** The job's program exists and cannot be run (POSIX, shell command language, 2.8.2). */
export const CANNOT_RUN_STATUS = 126

/** The job's program was not found (POSIX, the same section). */
export const NOT_FOUND_STATUS = 127

/** The exit status of a shell for the same end: 128 and the signal's number if a signal killed the job. */
export function exitStatusOf(end: JobEnd): number {
  return end.kind === 'killed' ? 128 + constants.signals[end.signal] : end.status
}
