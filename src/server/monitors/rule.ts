/** What is expected of a monitor: the rules of `--expect` and `--expect-file`. */

export interface Rule {
  readonly schedule?: RuleSchedule
  /** Milliseconds after a time of the schedule at which the monitor becomes late. Default: deadline.ts. */
  readonly graceMs?: number
  /** Milliseconds after which a run is overrunning. */
  readonly maxMs?: number
  /** So many failures in a row make the monitor failing. At least 1, which is the default. */
  readonly failures?: number
  /** So many successes in a row make a failing monitor healthy. At least 1, which is the default. */
  readonly recover?: number
}

export type RuleSchedule =
  /** It succeeds at least this often, in milliseconds. */
  | { readonly kind: 'every'; readonly everyMs: number }
  /** It starts at the times of a cron expression, in an IANA time zone; the host's zone if there is none. */
  | { readonly kind: 'cron'; readonly expression: string; readonly zone?: string }

/** The most exact one applies (applicable-rule.ts). */
export interface RuleScope {
  /** `*` stands for any number of characters. */
  readonly monitorKey: string
  /** Only in this environment. */
  readonly env?: string
}
