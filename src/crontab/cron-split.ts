/** What cron makes of `%` and backslashes in a command (`child_process` in do_command.c). */

import type { CronDialect } from './crontab-file.ts'

export interface CronInput {
  /** What cron hands to `$SHELL -c`. */
  readonly shellCommand: string
  /** What the job reads from its standard input; undefined if no bare `%` stands in the command: the input is then empty. */
  readonly stdin?: string
}

/** @param command as it is written in the crontab */
export function cronSplit(command: string, dialect: CronDialect): CronInput {
  const end = bareCommandEnd(command)
  // Debian's cron also turns `\\` into `\`.
  const escapes = dialect === 'debian' ? /\\([%\\])|\\[^%\\]/g : /\\(%)|\\[^%]/g
  const shellCommand = command.slice(0, end).replace(escapes, (pair, escaped?: string) => escaped ?? pair)
  return end === command.length ? { shellCommand } : { shellCommand, stdin: inputOf(command.slice(end + 1)) }
}

/** Where the first `%` without a backslash in front of it stands; else the end. */
export function bareCommandEnd(command: string): number {
  return /^(?:[^%\\]|\\.|\\$)*/s.exec(command)?.[0].length ?? command.length
}

/** Both crons: `%` is a line feed and `\%` a `%`. The last line gets a line feed, unless it has nothing but backslashes. */
function inputOf(text: string): string {
  const input = text.replace(/(\\*)%/g, (_, backslashes: string) =>
    backslashes === '' ? '\n' : `${backslashes.slice(1)}%`,
  )
  return /(?:^|\n)\\*$/.test(input) ? input : `${input}\n`
}
