/** Jobs and timers as JSON of `cronitor crontab list`. */

import { isMonitored, type LineMonitor } from '../../crontab/line-monitor.ts'
import { utf8 } from './crontab-bytes.ts'
import { type CrontabJob, monitorKeyOf, nextRuns, shellCommandOf } from './jobs.ts'
import { programsIn, runPartsFolders } from './run-parts.ts'
import { callsWrapper, type SystemTimer } from './system-timers.ts'

/** How many of the next runs it has. */
const NEXT_RUNS = 3

export function jobJson(job: CrontabJob, now: number): object {
  const { crontab, line, monitor } = job
  const command = shellCommandOf(job)
  const folders = runPartsFolders(command)
  const programs = folders.flatMap(folder => programsIn(folder, crontab.file.dialect)).map(utf8)
  return {
    kind: 'cron',
    source: crontab.name,
    line: line.number,
    user: utf8(job.user),
    schedule: line.schedule,
    words: job.schedule?.words,
    zone: job.zone,
    next: nextRuns(job, now, NEXT_RUNS).map(isoTime),
    command: utf8(command),
    monitored: isMonitored(monitor),
    monitor: monitorKeyOf(job),
    monitored_by: monitorName(monitor),
    run_parts: folders.length === 0 ? undefined : programs,
  }
}

export function timerJson({ name, schedule, next, command }: SystemTimer): object {
  return {
    kind: 'systemd',
    source: name,
    schedule,
    next: next === undefined ? [] : [isoTime(next)],
    command,
    monitored: callsWrapper(command),
  }
}

function monitorName(monitor: LineMonitor): string | undefined {
  switch (monitor.kind) {
    case 'wrapped':
      return 'cronitor-exec'
    case 'client':
      return monitor.program
    case 'request':
      return 'request'
    case 'other-service':
      return monitor.name
    case 'none':
      return undefined
    default:
      return monitor satisfies never
  }
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}
