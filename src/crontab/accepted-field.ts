/** What cron accepts as one of the five fields of a schedule (`get_range` in entry.c). */

import type { CronDialect } from './crontab-file.ts'

export interface TimeField {
  readonly name: 'minute' | 'hour' | 'day-of-month' | 'month' | 'day-of-week'
  readonly low: number
  readonly high: number
  /** The first has the number `low`. */
  readonly words: readonly string[]
}

export const TIME_FIELDS: readonly TimeField[] = [
  { name: 'minute', low: 0, high: 59, words: [] },
  { name: 'hour', low: 0, high: 23, words: [] },
  { name: 'day-of-month', low: 1, high: 31, words: [] },
  {
    name: 'month',
    low: 1,
    high: 12,
    words: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  { name: 'day-of-week', low: 0, high: 7, words: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] },
]

/** @param text without white space */
export function isAcceptedField(text: string, field: TimeField, dialect: CronDialect): boolean {
  for (const range of text.split(',')) {
    const behind = dialect === 'cronie' ? cronieRange(range, field) : debianRange(range, field)
    if (behind === undefined) return false
    // Debian's cron skips the rest of the field: `5~9,10` is 5. The byte 0xff looks like the end of the file to it.
    if (behind !== '') return dialect === 'debian' && !behind.startsWith('\xff')
  }
  return true
}

/** The text behind the range at the start of `text`; undefined if cron refuses it. */
function debianRange(text: string, field: TimeField): string | undefined {
  const range = parseRange(text, field)
  if (range === undefined) return undefined
  const { from, to } = range
  return isInside(from, field) && isInside(to, field) ? range.rest : undefined
}

/** cronie looks at the numbers that it sets, so `70-5` is accepted, and never due. */
function cronieRange(text: string, field: TimeField): string | undefined {
  const range = randomRange(text, field) ?? parseRange(text, field)
  if (range === undefined) return undefined
  const { from, to, step, rest } = range
  if (from > to) return rest
  const last = to - ((to - from) % step)
  return isInside(from, field) && isInside(last, field) ? rest : undefined
}

interface Range {
  readonly from: number
  readonly to: number
  readonly step: number
  readonly rest: string
}

/** `*`, `5` or `5-9`; a step needs `*` or two numbers in front of it. */
function parseRange(text: string, field: TimeField): Range | undefined {
  const [, star, first, last, stepText, rest = ''] =
    /^(?:(\*)|([0-9A-Za-z]+)(?:-([0-9A-Za-z]*))?)(?:\/([0-9A-Za-z]*))?(.*)$/s.exec(text) ?? []
  if (first === undefined) {
    if (star === undefined) return undefined
  } else if (stepText !== undefined && last === undefined) return undefined
  const from = first === undefined ? field.low : numberOf(first, field.words, field.low)
  const to = first === undefined ? field.high : numberOf(last ?? first, field.words, field.low)
  const step = stepText === undefined ? 1 : numberOf(stepText)
  if (from === undefined || to === undefined || step === undefined || step === 0) return undefined
  return { from, to, step, rest }
}

/** cronie's `5~9`, `~9`, `5~` and `~`: one number of these, chosen when crond reads the file. It accepts `5~70` by chance. */
function randomRange(text: string, field: TimeField): Range | undefined {
  const [, first, last, rest = ''] = /^([0-9A-Za-z]*)~([0-9A-Za-z]*)(.*)$/s.exec(text) ?? []
  if (first === undefined || last === undefined) return undefined
  const from = first === '' ? field.low : numberOf(first, field.words, field.low)
  const to = last === '' ? field.high : numberOf(last, field.words, field.low)
  return from === undefined || to === undefined || from > to ? undefined : { from, to, step: 1, rest }
}

function numberOf(text: string, words: readonly string[] = [], low = 0): number | undefined {
  const index = words.indexOf(text.toLowerCase())
  if (index !== -1) return low + index
  return /^[0-9]+$/.test(text) ? Number(text) : undefined
}

function isInside(number: number, { low, high }: TimeField): boolean {
  return number >= low && number <= high
}
