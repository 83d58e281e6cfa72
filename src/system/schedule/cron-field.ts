/**
 * One field of a cron schedule, as Debian's cron 3.0pl1 reads it (get_list, get_range and get_number in its entry.c).
 *
 * That cron reads a field from the left as far as it understands it and ignores the rest: for `5~9` and `5#2` it runs at 5,
 * for `*-5` always. Such a field is a problem here, because nobody who wrote it means what cron does.
 */

export interface CronField {
  /** As it is written. */
  readonly text: string
  /** In order, each once. Sunday is 0. At least one. */
  readonly values: readonly number[]
  /** True if the values are all that there are. */
  readonly isFull: boolean
  /** True if the field begins with `*`, also if it is `*` with a step: cron treats these fields differently. */
  readonly isStar: boolean
  /** The random ranges of cronie (`5~9`): one of these values is chosen. `values` has the first of each. */
  readonly randomRanges: readonly RandomRange[]
}

export interface RandomRange {
  readonly from: number
  readonly to: number
}

export interface FieldKind {
  /** For messages: 'minute'. */
  readonly name: string
  readonly low: number
  readonly high: number
  /** Lower case. The first has the value `low`. */
  readonly names?: readonly string[]
}

export type ParsedField =
  | { readonly ok: true; readonly field: CronField }
  | { readonly ok: false; readonly problem: string }

const SUNDAY = 7

/** cron counts 0 and 7 as Sunday, but its name means 0. */
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** In the order of the fields. */
export const FIELD_KINDS = [
  { name: 'minute', low: 0, high: 59 },
  { name: 'hour', low: 0, high: 23 },
  { name: 'day of the month', low: 1, high: 31 },
  { name: 'month', low: 1, high: 12, names: MONTHS },
  { name: 'day of the week', low: 0, high: SUNDAY, names: WEEKDAYS },
] as const satisfies readonly FieldKind[]

interface Range {
  readonly from: number
  readonly to: number
  readonly step: number
  readonly isRandom: boolean
}

export function parseCronField(text: string, kind: FieldKind): ParsedField {
  const values = new Set<number>()
  const randomRanges: RandomRange[] = []
  for (const part of text.split(',')) {
    const range = parseRange(part, text, kind)
    if (typeof range === 'string') return { ok: false, problem: range }
    if (range.isRandom) randomRanges.push({ from: range.from, to: range.to })
    const last = range.isRandom ? range.from : range.to
    for (let value = range.from; value <= last; value += range.step) {
      values.add(kind.high === SUNDAY ? value % SUNDAY : value)
    }
  }
  const count = kind.high === SUNDAY ? SUNDAY : kind.high - kind.low + 1
  return {
    ok: true,
    field: {
      text,
      values: [...values].sort((a, b) => a - b),
      isFull: values.size === count,
      isStar: text.startsWith('*'),
      randomRanges,
    },
  }
}

const NUMBER = /^[a-z0-9]+$/i

/** The range, or the problem. */
function parseRange(part: string, field: string, kind: FieldKind): Range | string {
  const random = /^([a-z0-9]*)~([a-z0-9]*)$/i.exec(part)
  if (random !== null) return parseRandomRange(random[1] ?? '', random[2] ?? '', kind)
  const match = /^(\*|[a-z0-9]+)(?:-([a-z0-9]+))?(?:\/([a-z0-9]+))?(.*)$/i.exec(part)
  if (match === null) return `the ${kind.name} "${field}" has a part that is no number, range or "*"`
  const [, first = '', last, step, rest = ''] = match
  if (rest !== '' || (first === '*' && last !== undefined)) return unreadRest(field, part, rest, kind)
  if (step !== undefined && first !== '*' && last === undefined) {
    return `cron accepts a step only behind a range or "*": write ${first}-${kind.high}/${step} instead of ${part}`
  }
  const every = step === undefined ? 1 : parseStep(step)
  if (typeof every === 'string') return every
  if (first === '*') return { from: kind.low, to: kind.high, step: every, isRandom: false }
  const from = parseValue(first, kind)
  const to = last === undefined ? from : parseValue(last, kind)
  if (typeof from === 'string') return from
  if (typeof to === 'string') return to
  if (from > to) return emptyRange(part, kind)
  return { from, to, step: every, isRandom: false }
}

/** cronie's `5~9`; a side without a number is the lowest or the highest value. */
function parseRandomRange(first: string, last: string, kind: FieldKind): Range | string {
  const from = first === '' ? kind.low : parseValue(first, kind)
  const to = last === '' ? kind.high : parseValue(last, kind)
  if (typeof from === 'string') return from
  if (typeof to === 'string') return to
  if (from > to) return emptyRange(`${first}~${last}`, kind)
  return { from, to, step: 1, isRandom: true }
}

function parseValue(word: string, kind: FieldKind): number | string {
  const named = kind.names?.indexOf(word.toLowerCase()) ?? -1
  if (named !== -1) return kind.low + named
  if (!/^[0-9]+$/.test(word)) {
    const names = kind.names === undefined ? '' : ` and no name such as ${kind.names[1]}`
    return `the ${kind.name} "${word}" is no number${names}`
  }
  const value = Number(word)
  if (value >= kind.low && value <= kind.high) return value
  return `the ${kind.name} ${word} is not between ${kind.low} and ${kind.high}`
}

/** A step may be larger than the range: then it leaves the range's first value. */
function parseStep(word: string): number | string {
  const step = /^[0-9]{1,9}$/.test(word) ? Number(word) : 0
  return step > 0 ? step : `the step "${word}" is no whole number from 1`
}

/** cron takes an empty range silently, and then never runs the job at it. */
function emptyRange(part: string, kind: FieldKind): string {
  const isWeekend = kind.high === SUNDAY && /-(sun|0)$/i.test(part)
  const advice = isWeekend ? `Sunday is 0 in a range: write ${part.replace(/-\w+$/, '-7')}` : 'use two ranges'
  return `cron accepts the range ${part} of the ${kind.name} but never runs the job at it, because it goes backwards: ${advice}`
}

function unreadRest(field: string, part: string, rest: string, kind: FieldKind): string {
  const known = rest === '' ? '*' : part.slice(0, part.length - rest.length)
  if (!NUMBER.test(known.at(-1) ?? '') && known !== '*') {
    return `the ${kind.name} "${field}" has a part that is no number, range or "*"`
  }
  const start = field.slice(0, field.indexOf(part)) + known
  return `Debian's cron reads only "${start}" of the ${kind.name} "${field}" and ignores the rest`
}
