/** When a cron job is due: as Debian's cron 3.0pl1 reads its schedule, with croner computing the times. */

import { errorMessage } from './error-message.ts'
import { hasAnyDay, isWildcardJob, parseCronFields, randomFieldText } from './schedule/cron-fields.ts'
import { type DueTimes, nextDueTime } from './schedule/next-due-time.ts'
import { wallTimesOfFields, wallTimesWithSeconds } from './schedule/wall-clock.ts'
import { scheduleWords, wordsWithSeconds } from './schedule/words.ts'
import { hostZone, zoneClock } from './schedule/zone-clock.ts'

export interface Schedule {
  /** The first moment after `after` at which the job is due, in milliseconds since 1970; undefined if there is none (`@reboot`, 30 February). */
  readonly nextAfter: (after: number) => number | undefined
  /** In words: 'every day at 02:00'. */
  readonly words: string
}

export type ParsedSchedule =
  | { readonly ok: true; readonly schedule: Schedule }
  | { readonly ok: false; readonly problem: string }

export type ScheduleDialect = 'debian' | 'cronie'

/**
 * Reads five fields, a name such as `@daily`, or six fields with seconds first. `zone` is an IANA name; the host's zone if
 * undefined.
 *
 * In the dialect of cronie, `5~9` is a random time: the schedule then has the earliest times (see `expectationOf`).
 */
export function parseSchedule(
  expression: string,
  zone?: string,
  dialect: ScheduleDialect = 'debian',
): ParsedSchedule {
  const clock = zoneClock(zone ?? hostZone())
  if (clock === undefined) {
    return { ok: false, problem: `unknown time zone "${zone}": expected a name such as Europe/Berlin` }
  }
  // Only blanks and tabs, as for cron: a no-break space is part of a field.
  const words = expression.split(/[ \t]+/).filter(word => word !== '')
  const text = words.join(' ')
  if (text === '@reboot') {
    return { ok: true, schedule: { nextAfter: () => undefined, words: 'at start-up of cron' } }
  }
  if (words.length === 6) return parseWithSeconds(text, clock)
  const parsed = parseCronFields(text)
  if (!parsed.ok) return parsed
  const { fields } = parsed
  const random = dialect === 'debian' ? randomFieldText(fields) : undefined
  if (random !== undefined) {
    return {
      ok: false,
      problem: `Debian's cron has no random times: it ignores "~" and what stands behind it in "${random}"`,
    }
  }
  if (!hasAnyDay(fields))
    return { ok: true, schedule: { nextAfter: () => undefined, words: scheduleWords(fields) } }
  const nextAfter = dueTimes({
    nextWallTime: wallTimesOfFields(fields),
    isWildcardJob: isWildcardJob(fields),
    clock,
  })
  return { ok: true, schedule: { nextAfter, words: scheduleWords(fields) } }
}

function parseWithSeconds(text: string, clock: DueTimes['clock']): ParsedSchedule {
  try {
    const nextWallTime = wallTimesWithSeconds(text)
    const isWildcardJob = text.split(' ', 3).some(field => /^[*?]/.test(field))
    return {
      ok: true,
      schedule: {
        nextAfter: dueTimes({ nextWallTime, isWildcardJob, clock }),
        words: wordsWithSeconds(text),
      },
    }
  } catch (error) {
    return { ok: false, problem: errorMessage(error).replace(/^CronPattern: /, '') }
  }
}

/** Remembers the last answer: some schedules have a time only every 28 years, which croner takes milliseconds to find. */
function dueTimes(times: DueTimes): Schedule['nextAfter'] {
  let from = Number.POSITIVE_INFINITY
  let next: number | undefined
  return after => {
    if (after < from || (next !== undefined && after >= next)) {
      next = nextDueTime(after, times)
      from = after
    }
    return next
  }
}
