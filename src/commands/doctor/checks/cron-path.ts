/** Whether a line of a crontab finds and starts cronitor-exec: cron's PATH is short. */

import { type CheckResult, fine, warning } from '../check-result.ts'
import type { ProgramKind } from '../probes/program-kind.ts'

export interface CronPathFacts {
  /** The PATH that cron gives to jobs. */
  readonly path: string
  /** The first cronitor-exec on it. */
  readonly found: { readonly path: string; readonly kind: ProgramKind } | undefined
  /** The path of this installation's cronitor-exec. */
  readonly own: string
  /** Why this installation's cronitor-exec does not start as cron would start it. */
  readonly startProblem: string | undefined
}

export function checkCronPath({ path, found, own, startProblem }: CronPathFacts): CheckResult {
  const facts = { path, found: found?.path, wrapper: own }
  const result = (message: string, advice: string) => warning('cron-path', message, advice, facts)
  if (startProblem !== undefined) {
    return result(
      `${own} does not start in cron's environment, so jobs would run unmonitored: ${startProblem}`,
      'set CRONITOR_NODE in the crontab, or install Node.js in /usr/bin',
    )
  }
  if (found === undefined) {
    return result(
      `cron's PATH (${path}) has no cronitor-exec`,
      `write ${own} in the crontab, as cronitor crontab wrap does`,
    )
  }
  switch (found.kind) {
    case 'this':
      return fine('cron-path', `cron finds ${found.path}, and it starts`, facts)
    case 'ours':
      return result(
        `cron finds another installation: ${found.path}`,
        `remove it, or write ${own} in the crontab`,
      )
    case 'official':
    case 'other':
      return result(`cron finds another program: ${found.path}`, `write ${own} in the crontab`)
    default:
      return found.kind satisfies never
  }
}
