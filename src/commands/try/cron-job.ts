/** What a line of a crontab becomes: everything that cron would give to the job. */

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { cronEnvironment } from '../../crontab/cron-environment.ts'
import { cronSplit } from '../../crontab/cron-split.ts'
import type { CronDialect, JobLine } from '../../crontab/crontab-file.ts'
import type { UserAccount } from '../../system/user-account.ts'
import { type CronDaemon, callersLimits, DEFAULT_UMASK, mayRaiseOwnLimits } from './cron-daemon.ts'
import { applyEnvironmentFile } from './pam/environment-file.ts'
import { type InheritedLimits, type PamSession, pamSession } from './pam/session.ts'
import type { ResourceLimits } from './resource-limits.ts'
import { namedGroups } from './user-groups.ts'

/** Texts have one character a byte. */
export interface CronJob {
  readonly account: UserAccount
  readonly dialect: CronDialect
  /** In cron's order. */
  readonly environment: ReadonlyMap<string, string>
  /** For `$SHELL -c`. */
  readonly shellCommand: string
  /** What the job can read from its standard input. */
  readonly input: string
  readonly umask: number
  /** The nice value. */
  readonly priority: number
  readonly limits: ResourceLimits
  /** Modules of PAM whose effect is not known. */
  readonly unknownModules: readonly string[]
}

export interface CronJobSources {
  readonly dialect: CronDialect
  readonly daemon: CronDaemon | undefined
  readonly account: UserAccount
  readonly line: JobLine
  /** Instead of the line's own. */
  readonly command?: string
  readonly hasUserColumn: boolean
}

export function cronJob(sources: CronJobSources): CronJob {
  const { dialect, daemon, account, line } = sources
  const limits = daemon?.limits ?? callersLimits()
  // A cron that does not run now would have the rights of root.
  const mayRaise = daemon?.mayRaise ?? (mayRaiseOwnLimits() || process.geteuid?.() !== 0)
  const session = sessionOf(sources, { limits, mayRaise })
  const { shellCommand, stdin = '' } = cronSplit(sources.command ?? line.command, dialect)
  return {
    account,
    dialect,
    environment: cronEnvironment({
      dialect,
      user: { name: bytesOf(account.name), home: bytesOf(account.home) },
      variables: line.variables,
      pam: session?.variables ?? new Map(),
      daemon: daemon?.environment ?? environmentOfServices(),
    }),
    shellCommand,
    input: stdin,
    umask: session?.umask ?? daemon?.umask ?? DEFAULT_UMASK,
    priority: session?.priority ?? daemon?.priority ?? 0,
    limits: session?.limits ?? limits,
    unknownModules: session?.unknown ?? [],
  }
}

/** cronie opens no session for a job of root in a system crontab (`cron_set_job_security_context` in security.c). */
function sessionOf(
  { dialect, account, hasUserColumn }: CronJobSources,
  inherited: InheritedLimits,
): PamSession | undefined {
  if (dialect === 'cronie' && hasUserColumn && account.uid === 0) return undefined
  return pamSession(serviceOf(dialect), account, inherited, {
    read,
    list(folder) {
      try {
        return readdirSync(folder)
      } catch {
        return []
      }
    },
    groupsOf: namedGroups,
    resetsLimits,
  })
}

/** Debian's PAM did so up to 1.5 (its patch 027, dropped in 1.7.0-1). */
function resetsLimits(): boolean {
  const { stdout } = spawnSync('dpkg-query', ['--show', '--showformat=${Version}', 'libpam-modules'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [, major, minor] = /^(?:\d+:)?(\d+)\.(\d+)/.exec(stdout ?? '') ?? []
  return major !== undefined && Number(major) * 100 + Number(minor) < 107
}

/** The names that the programs give to PAM. Debian has renamed that of cronie. */
function serviceOf(dialect: CronDialect): string {
  if (dialect === 'debian') return 'cron'
  return existsSync('/etc/pam.d/cronie') ? 'cronie' : 'crond'
}

/** systemd gives the system's locale to its services: locale.conf(5), and Debian's file before there was that one. */
function environmentOfServices(): ReadonlyMap<string, string> {
  const variables = new Map<string, string>()
  const text = read('/etc/locale.conf') ?? read('/etc/default/locale')
  if (text !== undefined) applyEnvironmentFile(text, variables)
  return variables
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return undefined
  }
}

function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1')
}
