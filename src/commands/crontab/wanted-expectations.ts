/** What a server must expect of the monitored jobs of crontabs. */

import { resolve } from 'node:path'
import type { CronDialect } from '../../crontab/crontab-file.ts'
import type { Expectation } from '../../server/monitors/monitors.ts'
import type { Rule } from '../../server/monitors/rule.ts'
import { systemHostname } from '../../system/hostname.ts'
import { printable } from '../../system/printable.ts'
import { expectationOf } from '../../system/schedule/expectation-of.ts'
import { checkMonitorKey } from '../../telemetry/monitor-key.ts'
import { utf8 } from './crontab-bytes.ts'
import { type Crontab, whereIs } from './crontabs.ts'
import { type CrontabJob, monitorKeyOf } from './jobs.ts'
import type { WantedExpectation } from './merge-expectations.ts'

export interface Wanted {
  readonly expectations: readonly WantedExpectation[]
  /** Jobs without an expectation, and why: a sentence each. */
  readonly left: readonly string[]
}

export function wantedExpectations(jobs: readonly CrontabJob[], graceMs: number): Wanted {
  const expectations = new Map<string, WantedExpectation>()
  const left: string[] = []
  for (const job of jobs) {
    const monitorKey = monitorKeyOf(job)
    if (monitorKey === undefined || checkMonitorKey(monitorKey) !== undefined) continue
    const where = printable(whereIs(job.crontab, job.line.number))
    const rule = ruleOf(job, graceMs)
    if (rule === undefined) {
      left.push(
        `${where}: nothing is expected of ${printable(monitorKey)}, because ${job.line.schedule} has no times`,
      )
      continue
    }
    const env = envOf(job)
    const scope = JSON.stringify([monitorKey, env])
    if (expectations.has(scope)) {
      left.push(`${where}: ${printable(monitorKey)} has an earlier line, whose times alone are expected`)
      continue
    }
    const expectation: Expectation = { monitorKey, ...(env !== undefined && { env }), rule }
    expectations.set(scope, { expectation, origin: originOf(job.crontab) })
  }
  return { expectations: [...expectations.values()], left }
}

/** `web1:/etc/crontab`; the file can have the jobs of several hosts. */
export function originOf({ name, place }: Crontab, host = systemHostname()): string {
  return printable(`${host}:${place.kind === 'file' ? resolve(place.path) : name}`)
}

export function originsOf(crontabs: readonly Crontab[]): ReadonlySet<string> {
  return new Set(crontabs.map(crontab => originOf(crontab)))
}

/** Undefined if the job has no times, or if they can be too far apart. */
function ruleOf({ crontab, line, zone, schedule }: CrontabJob, graceMs: number): Rule | undefined {
  if (schedule?.nextAfter(0) === undefined) return undefined
  const { dialect } = crontab.file
  const expected = expectationOf(line.schedule, { dialect, randomDelayMinutes: randomDelay(line, dialect) })
  switch (expected.kind) {
    case 'cron': {
      const { expression } = expected
      return { schedule: { kind: 'cron', expression, zone }, graceMs: graceMs + expected.graceMs }
    }
    case 'every':
      return { schedule: { kind: 'every', everyMs: expected.everyMs }, graceMs }
    case 'none':
      return undefined
  }
}

/** cronie waits for up to so many minutes before it starts a job (crontab(5)). */
function randomDelay({ variables }: CrontabJob['line'], dialect: CronDialect): number {
  const minutes = Number(variables.RANDOM_DELAY)
  return dialect === 'cronie' && minutes > 0 ? Math.floor(minutes) : 0
}

/** The environment that the line reports. */
function envOf({ monitor }: CrontabJob): string | undefined {
  if (monitor.kind !== 'wrapped') return undefined
  const { options } = monitor
  const at = options.findLastIndex(option => /^--env(?:=|$)/.test(option))
  if (at === -1) return undefined
  const option = options[at] ?? ''
  const value = option === '--env' ? options[at + 1] : option.slice('--env='.length)
  return value === undefined || value === '' ? undefined : utf8(value)
}
