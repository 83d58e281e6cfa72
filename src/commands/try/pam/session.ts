/**
 * What PAM would change for a job of cron: variables, limits, umask. Only cron itself can open a session of its service, so
 * the files of the modules that Debian's services name are read here instead: pam_env, pam_limits and pam_umask.
 */

import type { UserAccount } from '../../../system/user-account.ts'
import { parseLimits, type ResourceLimits } from '../resource-limits.ts'
import type { UserGroup } from '../user-groups.ts'
import { applyEnvironmentConfig, type PamItems } from './environment-config.ts'
import { applyEnvironmentFile } from './environment-file.ts'
import { configuredLimits } from './limits-config.ts'
import { argumentValue, type PamModule, pamModules } from './service-file.ts'

export interface PamSession {
  readonly variables: ReadonlyMap<string, string>
  readonly limits: ResourceLimits
  /** The nice value; undefined if PAM leaves it. */
  readonly priority: number | undefined
  /** Undefined if PAM leaves it. */
  readonly umask: number | undefined
  /** Modules that may do something for a job, and whose effect is not known here. */
  readonly unknown: readonly string[]
}

/** What PAM asks the system for. */
export interface PamSources {
  /** Undefined if there is no such file, or it cannot be read. */
  readonly read: (path: string) => string | undefined
  /** The names of the files in a folder; empty if there is none. */
  readonly list: (folder: string) => readonly string[]
  /** Only called if a file of PAM needs it, because it takes a process. */
  readonly groupsOf: (user: string) => readonly UserGroup[]
  /** True if pam_limits begins with the limits of process 1 without being told to by `set_all`. */
  readonly resetsLimits: () => boolean
}

/** They check the account, or keep records, and change nothing that the job could see. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set(
  'unix permit deny access loginuid warn faillock faildelay succeed_if time nologin lastlog localuser cap sss tty_audit'
    .split(' ')
    .map(name => `pam_${name}`),
)

/** The modules that the functions below apply. */
const APPLIED: ReadonlySet<string> = new Set(['pam_env', 'pam_limits', 'pam_umask'])

/** What cron itself has. */
export interface InheritedLimits {
  readonly limits: ResourceLimits
  /** True if it may raise a hard limit. */
  readonly mayRaise: boolean
}

export function pamSession(
  service: string,
  account: UserAccount,
  inherited: InheritedLimits,
  sources: PamSources,
): PamSession {
  // Cron opens a session and establishes credentials, for which modules are listed as `auth`. It asks for no password.
  const modules = pamModules(service, sources.read)
  const session = modules.filter(({ type }) => type === 'session')
  const variables = new Map<string, string>()
  for (const type of ['auth', 'session'] as const) {
    for (const module of modules) {
      if (module.type === type && module.name === 'pam_env')
        applyEnvironment(module, variables, account, sources)
    }
  }
  const limits = session.findLast(({ name }) => name === 'pam_limits')
  const umask = session.findLast(({ name }) => name === 'pam_umask')
  return {
    variables,
    ...(limits === undefined
      ? { limits: inherited.limits, priority: undefined }
      : limitsFrom(limits, account, inherited, sources)),
    umask: umask && umaskFrom(umask, account, sources),
    unknown: [
      ...new Set(
        session.map(({ name }) => name).filter(name => !APPLIED.has(name) && !WITHOUT_EFFECT.has(name)),
      ),
    ],
  }
}

/** As `handle_env` of pam_env.c. The file in the user's home is off by default. */
function applyEnvironment(
  { args }: PamModule,
  variables: Map<string, string>,
  account: UserAccount,
  { read }: PamSources,
): void {
  const items: PamItems = {
    HOME: account.home,
    SHELL: account.shell,
    PAM_USER: account.name,
    PAM_TTY: 'cron',
  }
  const config = read(argumentValue(args, 'conffile') ?? '/etc/security/pam_env.conf')
  if (config !== undefined) applyEnvironmentConfig(config, variables, items)
  if (argumentValue(args, 'readenv') === '0') return
  const file = read(argumentValue(args, 'envfile') ?? '/etc/environment')
  if (file !== undefined) applyEnvironmentFile(file, variables)
}

function limitsFrom(
  { args }: PamModule,
  account: UserAccount,
  inherited: InheritedLimits,
  { read, list, groupsOf, resetsLimits }: PamSources,
): Pick<PamSession, 'limits' | 'priority'> {
  const config = argumentValue(args, 'conf')
  const folder = '/etc/security/limits.d'
  const more = list(folder).filter(name => name.endsWith('.conf'))
  const paths =
    config === undefined
      ? ['/etc/security/limits.conf', ...more.toSorted().map(name => `${folder}/${name}`)]
      : [config]
  const maxOpenFiles = Number(read('/proc/sys/fs/nr_open') ?? 1_048_576)
  const texts = paths.map(path => read(path) ?? '')
  const init = read('/proc/1/limits')
  const isReset = init !== undefined && (args.includes('set_all') || resetsLimits())
  return configuredLimits(
    texts,
    { ...account, groups: () => groupsOf(account.name) },
    {
      inherited: inherited.limits,
      initial: isReset ? limitsOfInit(init) : undefined,
      mayRaise: inherited.mayRaise,
      maxOpenFiles,
    },
  )
}

/** FD_SETSIZE: what select(2) can handle. Debian's pam_limits allows no more open files without a line in its files. */
const MAX_SELECTED = 1024

function limitsOfInit(text: string): ResourceLimits {
  const limits = new Map(parseLimits(text))
  const openFiles = limits.get('nofile')
  if (openFiles !== undefined) {
    limits.set('nofile', { ...openFiles, soft: Math.min(openFiles.soft, MAX_SELECTED) })
  }
  return limits
}

/** As `get_options` and `setup_limits_from_gecos` of pam_umask.c. */
function umaskFrom(
  { args }: PamModule,
  account: UserAccount,
  { read, groupsOf }: PamSources,
): number | undefined {
  const [, fromLogin] = /^\s*UMASK\s+([0-7]+)/m.exec(read('/etc/login.defs') ?? '') ?? []
  const text = argumentValue(args, 'umask') ?? fromLogin
  if (text === undefined || !/^[0-7]+$/.test(text)) return undefined
  const umask = Number.parseInt(text, 8) & 0o777
  // It gives the group of a user's own name the rights of the user.
  if (!args.includes('usergroups') || account.uid === 0) return umask
  const hasOwnGroup = groupsOf(account.name).some(
    ({ gid, name }) => gid === account.gid && name === account.name,
  )
  if (!hasOwnGroup) return umask
  return (umask & ~0o70) | ((umask >> 3) & 0o70)
}
