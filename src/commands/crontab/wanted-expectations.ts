/** What a server must expect of the monitored jobs of crontabs. */

import { resolve } from 'node:path'
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
    if (!rule.ok) {
      left.push(`${where}: nothing is expected of ${printable(monitorKey)}: ${printable(rule.problem)}`)
      continue
    }
    const env = envOf(job)
    const scope = JSON.stringify([monitorKey, env])
    if (expectations.has(scope)) {
      left.push(`${where}: ${printable(monitorKey)} has an earlier line, whose times alone are expected`)
      continue
    }
    const expectation: Expectation = { monitorKey, ...(env !== undefined && { env }), rule: rule.rule }
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

type JobRule =
  | { readonly ok: true; readonly rule: Rule }
  /** A clause. */
  | { readonly ok: false; readonly problem: string }

/** cronie starts a job up to RANDOM_DELAY minutes late, and chooses a time of `0~59` (crontab(5)): that is added to the grace. */
function ruleOf({ crontab, line, zone }: CrontabJob, graceMs: number): JobRule {
  const { dialect } = crontab.file
  const minutes = /^\d{1,6}$/.exec(line.variables.RANDOM_DELAY ?? '')?.[0] ?? '0'
  const randomDelayMinutes = dialect === 'cronie' ? Number(minutes) : 0
  const expected = expectationOf(line.schedule, { dialect, randomDelayMinutes })
  switch (expected.kind) {
    case 'cron': {
      const schedule = { kind: 'cron', expression: expected.expression, zone } as const
      return { ok: true, rule: { schedule, graceMs: graceMs + expected.graceMs } }
    }
    case 'every':
      return { ok: true, rule: { schedule: { kind: 'every', everyMs: expected.everyMs }, graceMs } }
    case 'none':
      return { ok: false, problem: expected.problem }
    default:
      return expected satisfies never
  }
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
