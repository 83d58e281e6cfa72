/** Finds out which cron this host has. */

import { spawnSync } from 'node:child_process'
import type { CronDialect } from '../../crontab/crontab-file.ts'

let found: CronDialect | undefined

export function installedCron(): CronDialect {
  found ??= dialectOf(printVersion())
  return found
}

/**
 * Only cronie's crontab(1) has `-V`, which prints its name and version. Without any cron, crontabs are read as Debian's.
 *
 * @param version what `crontab -V` prints
 */
export function dialectOf(version: string): CronDialect {
  return /^cronie\b/m.test(version) ? 'cronie' : 'debian'
}

function printVersion(): string {
  const { stdout, stderr } = spawnSync('crontab', ['-V'], {
    encoding: 'latin1',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 10_000,
  })
  return `${stdout ?? ''}${stderr ?? ''}`
}
