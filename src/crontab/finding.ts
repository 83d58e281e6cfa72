/** What checkCrontab reports, and what it must know. */

export type FindingKind =
  /** cron ignores the file: because of its name, its length, or a line. */
  | 'file-ignored'
  /** cron does not run the line. */
  | 'broken-line'
  | 'missing-line-feed'
  | 'empty-variable'
  | 'unknown-user'
  | 'no-command'
  /** Characters that Debian's cron skips in a schedule, ranges that go backwards. */
  | 'schedule'
  | 'never-due'
  | 'user-in-command'
  | 'carriage-return'
  | 'bare-percent'
  | 'option-of-cronie'
  | 'variable-not-expanded'
  | 'variable-cut'
  | 'variable-without-effect'
  /** What the wrapper changes for the job. */
  | 'counts-processes'
  | 'own-process-group'
  | 'startup-file-twice'

export interface Finding {
  readonly kind: FindingKind
  /** From 1; undefined if it is about the file. */
  readonly line?: number
  /** 'error': cron does not run it. 'warning': it may not do what it should. */
  readonly level: 'error' | 'warning'
  /** A sentence without a full stop. It quotes the file as latin1. */
  readonly message: string
}

/** What only the system can tell; what is not given is not checked. */
export interface CheckFacts {
  /** The file's name, if it is in /etc/cron.d. */
  readonly nameInCronD?: string | undefined
  readonly isUnknownUser?: ((user: string) => boolean) | undefined
}
