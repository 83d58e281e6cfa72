/** What `cronitor crontab check` finds. */

/**
 * `drift`: a job is not monitored as it should be. `broken`: a job does not run. Both make the exit status 1. `advice`: what
 * people would want to know.
 */
export type Severity = 'drift' | 'broken' | 'advice'

export interface CrontabFinding {
  readonly severity: Severity
  /** A word for programs, such as `unmonitored`. */
  readonly kind: string
  /** `/etc/crontab`, `crontab of alice`, or a file of expectations. */
  readonly source: string
  /** From 1; undefined for the whole file. */
  readonly line?: number | undefined
  /** The key of the job's monitor. */
  readonly monitor?: string | undefined
  /** A sentence without a full stop. */
  readonly message: string
}
