/** Tells whether the user of a job can run the wrapper as cron would start it. */

import { spawnSync } from 'node:child_process'
import { groupsOf, type UserAccount } from '../../system/user-account.ts'
import { whyNotExecutable } from './execute-permission.ts'
import { accountOf, environmentOf } from './job-environment.ts'
import type { CrontabJob } from './jobs.ts'

/**
 * Why a job cannot run the launcher at a path, as a sentence; undefined if it can. Remembers users and trials: a crontab has
 * the same few for all jobs.
 */
export function createLauncherCheck(): (job: CrontabJob, path: string) => string | undefined {
  const known = new Map<string, string | undefined>()
  return (job, path) => {
    const id = JSON.stringify([job.user, path, job.line.variables])
    if (!known.has(id)) known.set(id, launcherProblem(job, path))
    return known.get(id)
  }
}

function launcherProblem(job: CrontabJob, path: string): string | undefined {
  const account = accountOf(job)
  if (account === undefined) return `there is no user ${job.user}`
  const groups = account.uid === 0 ? [0] : groupsOf(account)
  const why = whyNotExecutable(path, { uid: account.uid, groups })
  if (why !== undefined) return `${account.name} cannot run ${path}: ${why}`
  return startProblem(job, account, path)
}

/** Long enough for a busy host. */
const TRIAL_MS = 30_000

/**
 * Starts it for `--version` with the environment that cron gives: Node.js may be missing there. Another user's trial needs root
 * and setpriv(1); without them, only the permissions are known.
 */
function startProblem(job: CrontabJob, account: UserAccount, path: string): string | undefined {
  const uid = process.geteuid?.()
  if (uid !== account.uid && uid !== 0) return undefined
  const asUser =
    uid === account.uid
      ? []
      : ['setpriv', `--reuid=${account.uid}`, `--regid=${account.gid}`, '--init-groups', '--']
  const [program = path, ...args] = [...asUser, path, '--version']
  const { error, status, stderr } = spawnSync(program, args, {
    cwd: '/',
    env: environmentOf(job, account),
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: TRIAL_MS,
  })
  if (error !== undefined && asUser.length > 0) return undefined
  if (status === 0) return undefined
  return `${path} does not start in cron's environment: ${startFailureIn(stderr ?? '') || `status ${status}`}`
}

/** The reason in what the launcher has printed on stderr; empty if it has printed nothing. */
export function startFailureIn(stderr: string): string {
  const last = stderr.trim().split('\n').at(-1) ?? ''
  return last.replace(/^cronitor-exec: /, '')
}
