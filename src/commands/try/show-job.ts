/** What `cronitor try --print` shows. */

import { printable } from '../../system/printable.ts'
import type { CronJob } from './cron-job.ts'
import { octal } from './remarks-on-job.ts'
import { decoded } from './start-cron-job.ts'

export interface ShownPlace {
  readonly schedule: string
  readonly folder: string
}

/** Lines of `name value`, then the environment in cron's order, a variable a line. */
export function shownJob(job: CronJob, { schedule, folder }: ShownPlace): string {
  const input = job.input === '' ? ['(empty)'] : job.input.replace(/\n$/, '').split('\n')
  const rows: readonly (readonly [string, string])[] = [
    ['schedule', schedule],
    ['user', `${job.account.name} (${job.account.uid})`],
    ['folder', folder],
    ['umask', octal(job.umask)],
    ['nice', String(job.priority)],
    ['shell', job.environment.get('SHELL') ?? ''],
    ['command', job.shellCommand],
    ...input.map((line, index): [string, string] => [index === 0 ? 'input' : '', line]),
  ]
  return [
    ...rows.map(([name, value]) => `${name.padEnd(9)} ${shown(value)}`.trimEnd()),
    '',
    ...[...job.environment].map(([name, value]) => `${shown(name)}=${shown(value)}`),
    '',
  ].join('\n')
}

function shown(latin1: string): string {
  return printable(decoded(latin1))
}
