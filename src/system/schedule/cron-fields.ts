/** The five fields of a cron schedule. */

import { type CronField, FIELD_KINDS, parseCronField } from './cron-field.ts'

export interface CronFields {
  readonly minute: CronField
  readonly hour: CronField
  readonly day: CronField
  readonly month: CronField
  readonly weekday: CronField
}

export type ParsedFields =
  | { readonly ok: true; readonly fields: CronFields }
  | { readonly ok: false; readonly problem: string }

/** cron compares these names with their case. */
const NAMED_SCHEDULES: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}

/** Five fields, or a name such as `@daily`. `@reboot` is no time: the caller handles it. */
export function parseCronFields(expression: string): ParsedFields {
  if (expression.startsWith('@')) return parseNamedSchedule(expression)
  const words = expression.split(/[ \t]+/)
  if (words.length !== FIELD_KINDS.length) {
    return {
      ok: false,
      problem: `expected five fields (minute, hour, day, month, weekday), or a name such as @daily`,
    }
  }
  const fields: CronField[] = []
  for (const [index, kind] of FIELD_KINDS.entries()) {
    const parsed = parseCronField(words[index] ?? '', kind)
    if (!parsed.ok) return parsed
    fields.push(parsed.field)
  }
  const [minute, hour, day, month, weekday] = fields as [
    CronField,
    CronField,
    CronField,
    CronField,
    CronField,
  ]
  return { ok: true, fields: { minute, hour, day, month, weekday } }
}

function parseNamedSchedule(name: string): ParsedFields {
  const expression = NAMED_SCHEDULES[name]
  if (expression !== undefined) return parseCronFields(expression)
  const known = [...Object.keys(NAMED_SCHEDULES), '@reboot']
  const lower = name.toLowerCase()
  const advice = known.includes(lower) ? `write ${lower}` : `it knows ${known.join(', ')}`
  return { ok: false, problem: `cron does not know ${name}: ${advice}` }
}

/** The jobs that cron runs again in a repeated hour: those with a star in minute or hour. */
export function isWildcardJob(fields: CronFields): boolean {
  return fields.minute.isStar || fields.hour.isStar
}

/**
 * With a star in one of the two fields for days, a day must match both; without, one of them is enough. crontab(5)
 * mentions this for `*` alone, but cron's flags are also set for a star with a step.
 */
export function mustMatchBothDays({ day, weekday }: CronFields): boolean {
  return day.isStar || weekday.isStar
}

/** January first, with the 29th of February. */
const MONTH_LENGTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** False for 30 February: no year has such a day. */
export function hasAnyDay(fields: CronFields): boolean {
  if (!mustMatchBothDays(fields)) return true
  return fields.month.values.some(month =>
    fields.day.values.some(day => day <= (MONTH_LENGTHS[month - 1] ?? 0)),
  )
}

/** A field with a random range of cronie; undefined if there is none. */
export function randomFieldText(fields: CronFields): string | undefined {
  return Object.values(fields).find(field => field.randomRanges.length > 0)?.text
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** From the first to the last time that cronie can choose; 0 without random ranges. */
export function randomRangeMs({ minute, hour, day, month, weekday }: CronFields): number {
  const days = longestRange(day) + longestRange(weekday) + 31 * longestRange(month)
  return days * DAY_MS + longestRange(hour) * HOUR_MS + longestRange(minute) * MINUTE_MS
}

function longestRange({ randomRanges }: CronField): number {
  return Math.max(0, ...randomRanges.map(({ from, to }) => to - from))
}
