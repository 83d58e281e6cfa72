/** A schedule in words: 'every day at 02:00'. */

import type { CronFields } from './cron-fields.ts'

export function scheduleWords(fields: CronFields): string {
  return `${fields.minute.text} ${fields.hour.text} ${fields.day.text} ${fields.month.text} ${fields.weekday.text}`
}
