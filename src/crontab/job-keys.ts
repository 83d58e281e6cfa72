/** Monitor keys for the jobs of a crontab. */

import { cronSplit } from './cron-split.ts'
import type { CronDialect, JobLine } from './crontab-file.ts'
import { jobSlug } from './job-slug.ts'

/** Of a key, which may have 128: the rest is for the host and a number. */
const MAX_HOST_LENGTH = 60

/**
 * A key for a command: `backup-full`; `backup-full-web1` if that is taken; then `backup-full-web1-2`. Keys consist of lower-case
 * letters, digits and hyphens, so that they need no quotes.
 */
export function jobKey(shellCommand: string, host: string, taken: ReadonlySet<string>): string {
  const slug = jobSlug(shellCommand)
  if (!taken.has(slug)) return slug
  const withHost = [slug, hostSlug(host)].filter(part => part !== '').join('-')
  if (!taken.has(withHost)) return withHost
  for (let number = 2; ; number += 1) {
    const numbered = `${withHost}-${number}`
    if (!taken.has(numbered)) return numbered
  }
}

/**
 * The keys of several jobs, by their line numbers. Who gets the shorter key does not depend on the order of the lines: a moved
 * line keeps its key.
 */
export function jobKeys(
  jobs: readonly JobLine[],
  dialect: CronDialect,
  host: string,
  taken: ReadonlySet<string>,
): ReadonlyMap<number, string> {
  const used = new Set(taken)
  const keys = new Map<number, string>()
  for (const job of [...jobs].sort(byContent)) {
    const key = jobKey(cronSplit(job.command, dialect).shellCommand, host, used)
    used.add(key)
    keys.set(job.number, key)
  }
  return keys
}

function byContent(a: JobLine, b: JobLine): number {
  const textOf = ({ command, schedule, user = '' }: JobLine) => `${command}\n${schedule}\n${user}`
  return textOf(a) < textOf(b) ? -1 : textOf(a) > textOf(b) ? 1 : a.number - b.number
}

function hostSlug(host: string): string {
  const [name = ''] = host.toLowerCase().split('.')
  return name
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_HOST_LENGTH)
    .replace(/^-+|-+$/g, '')
}
