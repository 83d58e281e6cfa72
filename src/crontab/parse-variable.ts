/** Lines that set a variable, as both crons read them (`load_env` in env.c). */

import type { CronDialect } from './crontab-file.ts'
import { DIALECT_LIMITS } from './dialect-limits.ts'

/** A name, quoted or up to white space or `=`; then `=` and the value. White space is isspace(3) of the C locale. */
const ASSIGNMENT = /^(?:"([^"=]*)"|'([^'=]*)'|((?!["'])[^= \t\n\v\f\r]*))[ \t\n\v\f\r]*=[ \t\n\v\f\r]*(.*)$/s

/** A quoted value must be the rest of the line: `PATH="/bin":/sbin` sets no variable. */
const QUOTED = /^(?:"([^"]*)"|'([^']*)')[ \t\n\v\f\r]*$/

const TRAILING_SPACE = /[ \t\n\v\f\r]+$/

/** @param line without leading blanks and line feed */
export function parseVariable(
  line: string,
  dialect: CronDialect,
): { readonly name: string; readonly value: string } | undefined {
  const [, doubleQuoted, singleQuoted, bare, written] =
    ASSIGNMENT.exec(line.slice(0, DIALECT_LIMITS[dialect].variableLine)) ?? []
  if (written === undefined) return undefined
  const value = unquoted(written)
  if (value === undefined) return undefined
  const name = doubleQuoted ?? singleQuoted ?? bare ?? ''
  if (dialect === 'cronie') return { name, value }
  // Debian's cron 3.0pl1-162 does not take `MAILTO=` with nothing behind it for a variable; `MAILTO=""` is an empty one.
  return written === '' ? undefined : { name, value: withoutInnerQuotes(value) }
}

function unquoted(written: string): string | undefined {
  if (!/^["']/.test(written)) return written.replace(TRAILING_SPACE, '')
  const [, doubleQuoted, singleQuoted] = QUOTED.exec(written) ?? []
  return doubleQuoted ?? singleQuoted
}

/** Debian's cron removes white space at the end of a quoted value too, and then a second pair of quotes. */
function withoutInnerQuotes(value: string): string {
  const trimmed = value.replace(TRAILING_SPACE, '')
  return /^(["']).*\1$/s.test(trimmed) ? trimmed.slice(1, -1) : trimmed
}
