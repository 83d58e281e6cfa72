/** Puts the wrapper in front of a job's command. */

import { isBourneShell } from './bourne-shell.ts'
import { bareCommandEnd } from './cron-split.ts'
import type { CronDialect, JobLine } from './crontab-file.ts'
import { DIALECT_LIMITS } from './dialect-limits.ts'
import { isMonitored, type LineMonitor, lineMonitor } from './line-monitor.ts'
import { type WrappedCommand, wrappedText } from './wrapped-form.ts'

/** All texts are latin1: one character a byte. */
export interface WrapOptions extends Omit<WrappedCommand, 'command'> {
  readonly dialect: CronDialect
  /**
   * The absolute path of `cronitor-exec`. Only the name, if the PATH of this line finds the same file: cron's own PATH lacks
   * /usr/local/bin and the folders of nvm.
   */
  readonly launcher: string
  /** Why the line's user cannot run the launcher, as a sentence; undefined if the user can. */
  readonly launcherProblem?: string | undefined
}

export type LeaveReason =
  | 'no-command'
  | 'already-monitored'
  | 'no-bourne-shell'
  | 'cannot-execute'
  | 'cannot-quote'
  | 'too-long'

export type WrapResult =
  /** `text` is the whole line. */
  | { readonly ok: true; readonly text: string }
  /** `message` is a sentence without a full stop. */
  | { readonly ok: false; readonly reason: LeaveReason; readonly message: string }

/**
 * What the job can notice of it:
 *
 * - The parent of its shell is the wrapper, and the leader of the process group too: `kill -- -$$` finds no group, unless
 *   `--own-group` is among the options.
 * - Its command line stands in the arguments of the wrapper as well, so that `ps | grep` and `pgrep -f` find it once more.
 * - A command of a single plain word is run without a shell: it has no `_` of bash, and a script without `#!` is run by /bin/sh,
 *   not by $SHELL.
 * - A file in BASH_ENV, and `.zshenv` under zsh, is read by both shells.
 *
 * `$0`, `$-`, `$#`, SHLVL, traps and the exit status are the same: it is the same shell with the same `-c`, and `exec` leaves no
 * second one.
 */
export function wrapLine(job: JobLine, options: WrapOptions): WrapResult {
  const { launcher, key, dialect } = options
  if (runsNothing(job.command)) return left('no-command', 'the line has no command')
  const monitor = lineMonitor(job, dialect)
  if (isMonitored(monitor)) return left('already-monitored', describeMonitor(monitor))
  const shell = job.variables.SHELL
  if (!isBourneShell(shell)) {
    return left(
      'no-bourne-shell',
      `SHELL=${shell} is no Bourne shell, and quotes and exec may mean something else in it`,
    )
  }
  if (options.launcherProblem !== undefined) return left('cannot-execute', options.launcherProblem)
  const unquotable = [launcher, ...options.options, key].find(word => !canBeQuoted(word, dialect))
  if (unquotable !== undefined) {
    return left(
      'cannot-quote',
      `"${unquotable}" cannot be written in a crontab: cron changes it in quotes too`,
    )
  }
  const command = wrappedText({ launcher, options: options.options, key, command: job.command }, dialect)
  const length = leadingBlanks(job, dialect) + command.length
  const { command: limit } = DIALECT_LIMITS[dialect]
  if (length > limit) {
    return left(
      'too-long',
      `the command would have ${length} characters, and cron reads ${limit}: move the command into a script`,
    )
  }
  return { ok: true, text: `${job.text.slice(0, job.commandStart)}${command}\n` }
}

/** Blanks, `FOO=bar` alone and `--` are nothing for a shell, but the wrapper would look for a program behind them. */
function runsNothing(command: string): boolean {
  const bare = command.slice(0, bareCommandEnd(command))
  return /^(?:[ \t\r]*|--|[A-Za-z_][A-Za-z0-9_]*=[A-Za-z0-9_@+:,./=-]*\r?)$/.test(bare)
}

function describeMonitor(monitor: LineMonitor): string {
  switch (monitor.kind) {
    case 'wrapped':
      return `the job is monitored as "${monitor.key}"`
    case 'client': {
      const name = monitor.key === undefined ? '' : ` as "${monitor.key}"`
      return `the job is monitored${name} by ${monitor.program}`
    }
    default:
      return 'the command sends requests to Cronitor itself'
  }
}

/** With a user column, Debian's cron counts the blanks in front of the command, except the first. */
function leadingBlanks({ user, text, commandStart }: JobLine, dialect: CronDialect): number {
  if (dialect === 'cronie' || user === undefined) return 0
  return (/[ \t]*$/.exec(text.slice(0, commandStart))?.[0].length ?? 1) - 1
}

/** In cronie, a backslash in front of `%` cannot be kept, because `\\%` ends the command. */
function canBeQuoted(word: string, dialect: CronDialect): boolean {
  return !/[\0\n]/.test(word) && (dialect === 'debian' || !word.includes('\\%'))
}

function left(reason: LeaveReason, message: string): WrapResult {
  return { ok: false, reason, message }
}
