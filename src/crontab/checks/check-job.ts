/** Schedules, users and line endings of job lines that do not mean what they seem to. */

import { parseSchedule } from '../../system/schedule.ts'
import { bareCommandEnd } from '../cron-split.ts'
import type { CrontabForm, JobLine } from '../crontab-file.ts'
import type { CheckFacts, Finding } from '../finding.ts'
import { isUnknown } from './check-file.ts'

export function checkJob(job: JobLine, form: CrontabForm, facts: CheckFacts): readonly Finding[] {
  const { number: line, user, command } = job
  const found: Finding[] = [...checkSchedule(job, form)]
  if (isUnknown(user, facts)) {
    const effect =
      form.dialect === 'debian'
        ? "Debian's cron ignores the whole file because of this line"
        : 'cronie cannot run the job'
    found.push({
      kind: 'unknown-user',
      line,
      level: 'error',
      message: `${effect}: there is no user "${user}"`,
    })
  }
  if (/^[ \t\r]*$/.test(command.slice(0, bareCommandEnd(command)))) {
    const message = 'cron accepts the line, but it has no command'
    found.push({ kind: 'no-command', line, level: 'warning', message })
  } else if (command.endsWith('\r')) {
    const message = 'the line ends with CRLF, and cron hands the CR to the job: end the lines with LF'
    found.push({ kind: 'carriage-return', line, level: 'warning', message })
  }
  if (!form.hasUserColumn && /^root[ \t]/.test(command)) {
    const message = 'the command is "root": the crontab of a user has no column for users'
    found.push({ kind: 'user-in-command', line, level: 'warning', message })
  }
  return found
}

function checkSchedule({ schedule, number: line }: JobLine, { dialect }: CrontabForm): readonly Finding[] {
  const parsed = parseSchedule(schedule, 'UTC', dialect)
  if (!parsed.ok) return [{ kind: 'schedule', line, level: 'warning', message: parsed.problem }]
  if (schedule === '@reboot' || parsed.schedule.nextAfter(0) !== undefined) return []
  return [
    {
      kind: 'never-due',
      line,
      level: 'warning',
      message: `the job is never due: there is no date "${schedule}"`,
    },
  ]
}
