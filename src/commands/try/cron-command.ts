/**
 * The command that starts a job with its limits, its user and its working directory. It is a chain: each program sets one of
 * them, and then replaces itself by the next one.
 */

import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import type { UserAccount } from '../../system/user-account.ts'
import type { CronJob } from './cron-job.ts'
import { type LimitChange, limitChanges, prlimitArgument, type ResourceLimits } from './resource-limits.ts'

export type CronCommand =
  | {
      readonly kind: 'command'
      /** In front of the shell and its arguments. */
      readonly prefix: readonly string[]
      /** The folder of the process that is started. */
      readonly folder: string
      /** Limits that only root could give to the job. */
      readonly refused: readonly LimitChange[]
      /** Set if the job runs in another folder than its HOME. */
      readonly remark?: string
    }
  | { readonly kind: 'refused'; readonly problem: string }

/** Who calls `cronitor try`. */
export interface Runner {
  readonly uid: number
  readonly limits: ResourceLimits
  readonly mayRaise: boolean
}

/** Where Debian's cron is when it cannot go to HOME (set_cron_cwd in misc.c). */
const CRON_FOLDER = '/var/spool/cron'

/** @param home the variable HOME of the job */
export function cronCommand(job: CronJob, home: string, runner: Runner): CronCommand {
  const isRoot = runner.uid === 0
  const { changes, refused } = limitChanges(runner.limits, job.limits, runner.mayRaise)
  const prlimit = changes.length === 0 ? undefined : findTool('prlimit')
  const limiting = prlimit === undefined ? [] : [prlimit, ...changes.map(prlimitArgument)]
  const notSet = prlimit === undefined ? changes : []

  const switching = isRoot ? userSwitch(job.account) : job.account.uid === runner.uid ? [] : undefined
  if (switching === undefined) {
    return {
      kind: 'refused',
      problem: `the job cannot be run as ${job.account.name}: that takes root's rights and setpriv of util-linux`,
    }
  }
  const prefix = [...limiting, ...switching]
  const all = { kind: 'command', refused: [...refused, ...notSet] } as const
  if (job.account.uid === runner.uid) {
    if (canEnter(home)) return { ...all, prefix, folder: home }
  } else {
    // The user may not enter a folder that root may, and the other way round on a file server.
    const moving = [findTool('env') ?? 'env', `--chdir=${home}`]
    if (works([...switching, ...moving, 'true']))
      return { ...all, prefix: [...prefix, ...moving], folder: '/' }
  }
  if (job.dialect === 'cronie') {
    return {
      kind: 'refused',
      problem: `cronie does not run the job, because it cannot enter its HOME ${home}`,
    }
  }
  const folder = [CRON_FOLDER, '/'].find(canEnter) ?? '/'
  return { ...all, prefix, folder, remark: `HOME ${home} cannot be entered, so the job runs in ${folder}` }
}

/**
 * Undefined if it is not possible. cron initialises the groups for root too; in a container, root may not have the right to do
 * so, and need not.
 */
function userSwitch({ uid, gid }: UserAccount): readonly string[] | undefined {
  const setpriv = findTool('setpriv')
  const words = [setpriv ?? '', `--reuid=${uid}`, `--regid=${gid}`, '--init-groups', '--']
  if (setpriv !== undefined && works([...words, 'true'])) return words
  return uid === 0 ? [] : undefined
}

/** Not by PATH, which may lead to other programs of these names. */
function findTool(name: string): string | undefined {
  return ['/usr/bin', '/bin', '/usr/sbin', '/sbin']
    .map(folder => `${folder}/${name}`)
    .find(path => isAllowed(path, constants.X_OK))
}

function canEnter(folder: string): boolean {
  return folder.startsWith('/') && isAllowed(`${folder}/.`, constants.X_OK)
}

function isAllowed(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}

function works([file = '', ...args]: readonly string[]): boolean {
  return spawnSync(file, args, { stdio: 'ignore', cwd: '/' }).status === 0
}
