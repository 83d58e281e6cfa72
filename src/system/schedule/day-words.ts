/** The days of a schedule in words. */

import type { CronField } from './cron-field.ts'
import { type CronFields, mustMatchBothDays } from './cron-fields.ts'
import { ordinal, stepOf, valueList } from './value-words.ts'

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
/** In the order of a list, where Sunday is the last day: 'Friday to Sunday'. */
const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

/** 'on Monday', 'on the 1st of every month', 'in January'; empty for every day. */
export function dayWords(fields: CronFields): string {
  const { day, month, weekday } = fields
  const isAnd = mustMatchBothDays(fields)
  const isEveryDay = isAnd ? day.isFull && weekday.isFull : day.isFull || weekday.isFull
  if (isEveryDay) return inMonths(month)
  if (isAnd && weekday.isFull) return daysOfMonth(day, month)
  const weekdays = `on ${weekdayList(weekday)}`
  if (isAnd && day.isFull) return month.isFull ? weekdays : `${weekdays} ${inMonths(month)}`
  const days = daysOfMonth(day, month)
  if (isAnd) return `${weekdays}, but only ${days}`
  return `${days} and ${weekdays}${month.isFull ? '' : ` ${inMonths(month)}`}`
}

function inMonths(month: CronField): string {
  return month.isFull ? '' : `in ${monthList(month)}`
}

function monthList({ values }: CronField): string {
  return valueList(values, value => MONTHS[value - 1] ?? '')
}

function weekdayList({ values }: CronField): string {
  const places = values.map(value => (value + 6) % 7).sort((a, b) => a - b)
  return valueList(places, place => WEEKDAYS[place] ?? '')
}

/** Fewer days are listed. */
const MIN_STEPPED_DAYS = 4

function daysOfMonth({ values }: CronField, month: CronField): string {
  const of = `of ${month.isFull ? 'every month' : monthList(month)}`
  const [first = 1] = values
  const step = stepOf(values)
  if (step !== undefined && step > 1 && values.length >= MIN_STEPPED_DAYS) {
    return `on every ${ordinal(step)} day from the ${ordinal(first)} to the ${ordinal(values.at(-1) ?? 1)} ${of}`
  }
  return `on the ${valueList(values, ordinal)} ${of}`
}
