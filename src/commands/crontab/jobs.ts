/** The jobs of crontabs, with what people want to know of each. */

import { whyFileIsIgnored } from '../../crontab/checks/check-file.ts'
import { cronSplit } from '../../crontab/cron-split.ts'
import type { JobLine } from '../../crontab/crontab-file.ts'
import { type LineMonitor, lineMonitor } from '../../crontab/line-monitor.ts'
import { parseSchedule, type Schedule } from '../../system/schedule.ts'
import { cronZone } from './cron-zone.ts'
import { utf8 } from './crontab-bytes.ts'
import type { Crontab } from './crontabs.ts'
import { HOST_FACTS } from './host-facts.ts'

export interface CrontabJob {
  readonly crontab: Crontab
  readonly line: JobLine
  readonly user: string
  readonly monitor: LineMonitor
  /** An IANA name. */
  readonly zone: string
  /** Undefined if the schedule or the zone is not understood. */
  readonly schedule: Schedule | undefined
  /** True if cron ignores the whole file, so that the job does not run. */
  readonly isIgnored: boolean
}

/** @param zone that of cron */
export function jobsOf(crontabs: readonly Crontab[], zone = cronZone()): CrontabJob[] {
  return crontabs.flatMap(crontab => {
    const isIgnored = whyFileIsIgnored(crontab.file, HOST_FACTS) !== undefined
    return crontab.file.lines.flatMap(line =>
      line.kind === 'job' ? [jobOf(crontab, line, zone, isIgnored)] : [],
    )
  })
}

function jobOf(crontab: Crontab, line: JobLine, hostZone: string, isIgnored: boolean): CrontabJob {
  const { dialect } = crontab.file
  // Debian's cron has no zones: CRON_TZ is a variable of the job, as TZ is for both (crontab(5)).
  const zone = (dialect === 'cronie' && line.variables.CRON_TZ) || hostZone
  const parsed = parseSchedule(line.schedule, zone, dialect)
  return {
    crontab,
    line,
    user: line.user ?? crontab.owner,
    monitor: lineMonitor(line, dialect),
    zone,
    schedule: parsed.ok ? parsed.schedule : undefined,
    isIgnored,
  }
}

/** The moments of the next runs, in milliseconds since 1970. */
export function nextRuns({ schedule, isIgnored }: CrontabJob, now: number, count: number): number[] {
  const times: number[] = []
  let next = isIgnored ? undefined : schedule?.nextAfter(now)
  while (next !== undefined && times.length < count) {
    times.push(next)
    next = schedule?.nextAfter(next)
  }
  return times
}

/** What the shell gets, without the wrapper. */
export function shellCommandOf({ crontab, line, monitor }: CrontabJob): string {
  const command = monitor.kind === 'wrapped' ? monitor.command : line.command
  return cronSplit(command, crontab.file.dialect).shellCommand.replace(/\r$/, '')
}

/** The key as the telemetry has it; undefined if the job is not monitored, or the key is not known. */
export function monitorKeyOf({ monitor }: CrontabJob): string | undefined {
  if (monitor.kind !== 'wrapped' && monitor.kind !== 'client') return undefined
  return monitor.key === undefined ? undefined : utf8(monitor.key)
}
