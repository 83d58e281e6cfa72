/** The lines of a crontab. The texts of all lines, one after the other, are the file byte for byte. */

/** The two programs differ in what they accept and in what they do with `%`, quotes, `~` and options in front of a command. */
export type CronDialect = 'debian' | 'cronie'

export interface CrontabForm {
  readonly dialect: CronDialect
  /** True for /etc/crontab and the files of /etc/cron.d: the sixth field is the user. */
  readonly hasUserColumn: boolean
}

interface Line {
  /** With its line ending. One character stands for one byte (latin1), so that every file survives. */
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
  /** Up to the line's end, without the line ending, with `%` and `\%` as they are written. */
  readonly command: string
  /** The variables that lines above have set, the last value of each: they apply to this job. */
  readonly variables: Readonly<Record<string, string>>
}

export type CrontabLine =
  | JobLine
  | (Line & { readonly kind: 'variable'; readonly name: string; readonly value: string })
  /** An empty line, or a comment. */
  | (Line & { readonly kind: 'text' })
  /** cron does not accept it, and says so or not. */
  | (Line & { readonly kind: 'broken'; readonly problem: string })

export interface CrontabFile extends CrontabForm {
  readonly lines: readonly CrontabLine[]
}
