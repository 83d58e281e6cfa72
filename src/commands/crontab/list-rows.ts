/** Jobs and timers as rows of the table of `cronitor crontab list`. */

import { isMonitored } from '../../crontab/line-monitor.ts'
import { shownText } from './crontab-bytes.ts'
import { whereIs } from './crontabs.ts'
import { type CrontabJob, nextRuns, shellCommandOf } from './jobs.ts'
import type { ListRow } from './list-table.ts'
import { programsIn, runPartsFolders } from './run-parts.ts'
import { callsWrapper, type SystemTimer } from './system-timers.ts'

export interface ListTime {
  /** That of cron. */
  readonly zone: string
  /** Milliseconds since 1970. */
  readonly now: number
}

/** The job, and below it the programs that it runs by run-parts. */
export function jobRows(job: CrontabJob, { zone, now }: ListTime, programs = programsIn): ListRow[] {
  const [next] = nextRuns(job, now, 1)
  const command = shellCommandOf(job)
  const parts = runPartsFolders(command).flatMap(folder => programs(folder, job.crontab.file.dialect))
  return [
    {
      cells: {
        next: next === undefined ? '-' : shownTime(next, job.zone, zone),
        schedule: job.schedule?.words ?? shownText(job.line.schedule),
        user: shownText(job.user),
        monitor: shownMonitor(job),
        where: shownText(whereIs(job.crontab, job.line.number)),
        command: shownText(command),
      },
      isMonitored: isMonitored(job.monitor),
    },
    ...parts.map(program => ({
      cells: { next: '', schedule: '', user: '', monitor: '', where: '', command: `  ${shownText(program)}` },
      isMonitored: undefined,
    })),
  ]
}

export function timerRow({ name, schedule, next, command }: SystemTimer, { zone }: ListTime): ListRow {
  return {
    cells: {
      next: next === undefined ? '-' : zoneTime(next, zone),
      schedule: shownText(schedule || '-'),
      user: '-',
      monitor: callsWrapper(command) ? '(in its unit)' : '-',
      where: shownText(name),
      command: shownText(command || '-'),
    },
    isMonitored: callsWrapper(command),
  }
}

/** The key; in brackets what monitors the job if it is not the wrapper in the form that wrap writes. */
function shownMonitor({ monitor }: CrontabJob): string {
  switch (monitor.kind) {
    case 'wrapped':
      return shownText(monitor.key)
    case 'client':
      return [shownText(monitor.key ?? ''), `(${monitor.program})`].filter(Boolean).join(' ')
    case 'request':
      return '(a request)'
    case 'other-service':
      return `(${monitor.name})`
    case 'none':
      return '-'
    default:
      return monitor satisfies never
  }
}

/** The zone is named if it is not that of the host. */
function shownTime(ms: number, zone: string, hostZone: string): string {
  return zone === hostZone ? zoneTime(ms, zone) : `${zoneTime(ms, zone)} ${zone}`
}

/** `2026-11-30 02:00` */
function zoneTime(ms: number, timeZone: string): string {
  const two = '2-digit'
  const parts = { year: 'numeric', month: two, day: two, hour: two, minute: two } as const
  // The Swedish form is that of ISO 8601, with a blank.
  return new Intl.DateTimeFormat('sv-SE', { timeZone, ...parts }).format(ms)
}
