/** `cronitor crontab list`: the jobs of crontabs, when they run next, and what monitors them. */

import { isatty } from 'node:tty'
import { createNotices } from '../../report/notices/notices.ts'
import { print } from '../terminal/print.ts'
import { cronZone } from './cron-zone.ts'
import type { CrontabListFlags } from './crontab-flags.ts'
import { readCrontabs } from './crontabs.ts'
import { jobsOf } from './jobs.ts'
import { jobJson, timerJson } from './list-json.ts'
import { jobRows, timerRow } from './list-rows.ts'
import { type ListRow, listTable } from './list-table.ts'
import { listPaint } from './paint.ts'
import { printJsonArray } from './print-json.ts'
import { systemTimers } from './system-timers.ts'
import { warnOfIgnored } from './warn-of-ignored.ts'

/** Resolves with the exit status. */
export async function listCrontabs(files: readonly string[], flags: CrontabListFlags): Promise<0 | 1> {
  const notices = createNotices('cronitor', flags)
  const { crontabs, problems, hasSystem } = readCrontabs(files, flags)
  for (const problem of problems) notices.warn(problem)
  const when = { zone: cronZone(), now: Date.now() }
  const jobs = jobsOf(crontabs, when.zone)
  const timers = hasSystem ? systemTimers() : []
  if (flags.json) printJsonArray([...jobs.map(job => jobJson(job, when.now)), ...timers.map(timerJson)])
  else {
    for (const crontab of crontabs) warnOfIgnored(crontab, notices.warn)
    const rows = [...jobs.flatMap(job => jobRows(job, when)), ...timers.map(timer => timerRow(timer, when))]
    if (rows.length > 0) await printTable(rows)
    else if (problems.length === 0) print('There are no jobs.\n')
  }
  notices.printWarnings()
  return problems.length > 0 ? 1 : 0
}

async function printTable(rows: readonly ListRow[]): Promise<void> {
  const columns = isatty(1) ? process.stdout.columns || undefined : undefined
  print(`${listTable(rows, columns, await listPaint()).join('\n')}\n`)
}
