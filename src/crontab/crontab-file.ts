/** The lines of a crontab. The texts of all lines, one after the other, are the file byte for byte. */

/** The two programs differ in what they accept and in what they do with `%`, quotes, `~` and options in front of a command. */
export type CronDialect = 'debian' | 'cronie'

export interface CrontabForm {
  readonly dialect: CronDialect
  /** True for /etc/crontab and the files of /etc/cron.d: the sixth field is the user. */
  readonly hasUserColumn: boolean
}

interface Line {
  /** With its line feed. One character stands for one byte (latin1), so that every file survives. */
  readonly text: string
  /** From 1. */
  readonly number: number
}

export interface JobLine extends Line {
  readonly kind: 'job'
  /** `0 2 * * *`, `@daily` or `@reboot`, as it is written. */
  readonly schedule: string
  /** Only with a user column. */
  readonly user?: string
  /** What stands in front of the command and is not part of it: `-n ` (cronie), with the white space behind it; else ''. */
  readonly prefix: string
  /** Where the command begins in `text`, behind the prefix. */
  readonly commandStart: number
  /**
   * Up to the line feed, with `%` and `\%` as they are written. Empty if Debian's cron runs a schedule without a command. The
   * CR of a file with CRLF belongs to it, because cron hands it to the shell.
   */
  readonly command: string
  /** The variables that lines above have set, the last value of each: they apply to this job. */
  readonly variables: Readonly<Record<string, string>>
}

export interface VariableLine extends Line {
  readonly kind: 'variable'
  readonly name: string
  /** As cron hands it to the job: without quotes, and without what Debian's cron cuts off. */
  readonly value: string
}

export interface BrokenLine extends Line {
  readonly kind: 'broken'
  /** A clause such as `bad minute "61"`. */
  readonly problem: string
}

export type CrontabLine =
  | JobLine
  | VariableLine
  /** An empty line, or a comment. */
  | (Line & { readonly kind: 'text' })
  /** cron does not run it. Debian's cron does not run the rest of the file either. */
  | BrokenLine

export interface CrontabFile extends CrontabForm {
  readonly lines: readonly CrontabLine[]
}
