/** The form of a job line with the wrapper in front: `exec /usr/bin/cronitor-exec --env prod KEY 'the whole command'`. */

import { bareCommandEnd } from './cron-split.ts'
import type { CronDialect } from './crontab-file.ts'
import { baseName } from './shell-words.ts'

export interface WrappedCommand {
  readonly launcher: string
  /** Options of the wrapper, one word each. */
  readonly options: readonly string[]
  readonly key: string
  /** The job's own command, with `%` and `\%` as they are written. */
  readonly command: string
}

/** A character that neither a shell nor cron changes, and `\%`, which is a `%` for both crons. */
const PLAIN = '(?:[A-Za-z0-9_@+:,./=-]|\\\\%)+'
const QUOTED = "'(?:[^']|'\\\\'')*'"
const WORD = `(?:${PLAIN}|${QUOTED})`
const FORM = new RegExp(`^exec ((?:${WORD} )+)(${QUOTED})([ \\t]*\\r?)$`)

/**
 * Single quotes hide everything from the outer shell, and cron reads backslashes and `%` inside them as it does without them.
 * So the inner shell gets the same bytes. Input behind a bare `%` stays behind the closing quote, and a CR at the end too: for
 * the shell it belongs to the same word, and for editors the line still ends with CRLF.
 */
export function wrappedText(
  { launcher, options, key, command }: WrappedCommand,
  dialect: CronDialect,
): string {
  const end = bareCommandEnd(command)
  const bare = command.slice(0, end)
  const tail = end === command.length && bare.endsWith('\r') ? '\r' : ''
  const words = [launcher, ...options, key].map(word => cronWord(word, dialect))
  return `exec ${words.join(' ')} ${singleQuoted(bare.slice(0, bare.length - tail.length))}${tail}${command.slice(end)}`
}

/** Undefined if the command does not have this form. */
export function parseWrapped(command: string, dialect: CronDialect): WrappedCommand | undefined {
  const end = bareCommandEnd(command)
  const [, front, quoted, tail = ''] = FORM.exec(command.slice(0, end)) ?? []
  if (front === undefined || quoted === undefined) return undefined
  const words = (front.match(new RegExp(WORD, 'g')) ?? []).map(word => shellWord(word, dialect))
  const [launcher, ...others] = words
  const key = others.pop()
  if (launcher === undefined || key === undefined || baseName(launcher) !== 'cronitor-exec') return undefined
  return { launcher, options: others, key, command: `${withoutQuotes(quoted)}${tail}${command.slice(end)}` }
}

function singleQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

function withoutQuotes(text: string): string {
  return text.slice(1, -1).replaceAll("'\\''", "'")
}

/** A word as it stands in a crontab, so that the shell gets `word`. */
function cronWord(word: string, dialect: CronDialect): string {
  const isPlain = /^[A-Za-z0-9_@%+:,./=-]+$/.test(word)
  const forCron = word.replaceAll(dialect === 'debian' ? /[\\%]/g : /%/g, '\\$&')
  return isPlain ? forCron : singleQuoted(forCron)
}

function shellWord(word: string, dialect: CronDialect): string {
  const text = word.startsWith("'") ? withoutQuotes(word) : word
  return text.replaceAll(dialect === 'debian' ? /\\([\\%])/g : /\\(%)/g, '$1')
}
