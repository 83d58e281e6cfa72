/** Monitor keys for the jobs that have none. */

import { jobKeys } from '../../crontab/job-keys.ts'
import { jobSlug } from '../../crontab/job-slug.ts'
import { isMonitored } from '../../crontab/line-monitor.ts'
import type { Crontab } from './crontabs.ts'
import { type CrontabJob, monitorKeyOf, shellCommandOf } from './jobs.ts'

export interface KeyAssignment {
  readonly host: string
  /** True: each new key has the name of the host. */
  readonly hasHost: boolean
  /** Keys that other crontabs use, of this host or another. */
  readonly elsewhere: ReadonlySet<string>
}

/** No two jobs get the same key, and none that a job elsewhere has. */
export function assignKeys(
  crontabs: readonly Crontab[],
  jobs: readonly CrontabJob[],
  { host, hasHost, elsewhere }: KeyAssignment,
): ReadonlyMap<CrontabJob, string> {
  const unmonitored = jobs.filter(({ monitor }) => !isMonitored(monitor))
  const taken = new Set([...elsewhere, ...jobs.flatMap(job => monitorKeyOf(job) ?? [])])
  // A key that is taken gets the name of the host.
  if (hasHost) for (const job of unmonitored) taken.add(jobSlug(shellCommandOf(job)))
  const keys = new Map<CrontabJob, string>()
  for (const crontab of crontabs) {
    const own = unmonitored.filter(job => job.crontab === crontab)
    const lines = own.map(({ line }) => line)
    const byLine = jobKeys(lines, crontab.file.dialect, host, taken)
    for (const job of own) {
      const key = byLine.get(job.line.number)
      if (key === undefined) continue
      keys.set(job, key)
      taken.add(key)
    }
  }
  return keys
}
