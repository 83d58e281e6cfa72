/**
 * The environment that cron gives to a job: of Debian's cron 3.0pl1-162 (load_entry in entry.c, build_env in do_command.c) and
 * of cronie 1.7.2 (env_set_from_environ in env.c, load_entry in entry.c, build_env in security.c).
 */

import type { CronDialect } from './crontab-file.ts'

export interface EnvironmentSources {
  readonly dialect: CronDialect
  /** The job's user, as in the list of accounts. */
  readonly user: { readonly name: string; readonly home: string }
  /** What lines of the crontab above the job have set. */
  readonly variables: Readonly<Record<string, string>>
  /** What PAM's session gives. */
  readonly pam: ReadonlyMap<string, string>
  /** The environment of the daemon itself. Only cronie passes on some of it. */
  readonly daemon: ReadonlyMap<string, string>
}

/** Where cron looks for programs if the crontab sets no PATH: _PATH_DEFPATH and _PATH_STDPATH of paths.h. */
const PATHS: Readonly<Record<CronDialect, string>> = {
  debian: '/usr/bin:/bin',
  cronie: '/usr/bin:/bin:/usr/sbin:/sbin',
}

/** What cronie takes from its own environment. */
const FROM_DAEMON: ReadonlySet<string> = new Set(
  [
    'LANG LC_CTYPE LC_NUMERIC LC_TIME LC_COLLATE LC_MONETARY LC_MESSAGES LC_PAPER LC_NAME LC_ADDRESS LC_TELEPHONE',
    'LC_MEASUREMENT LC_IDENTIFICATION LC_ALL LANGUAGE RANDOM_DELAY MAILFROM',
  ].flatMap(line => line.split(' ')),
)

/**
 * The variables in cron's order. A map keeps the place of a variable that is set again, as cron's env_set does. Nothing else
 * reaches the job: no TERM, no USER with Debian's cron, no variable of systemd.
 */
export function cronEnvironment(sources: EnvironmentSources): Map<string, string> {
  const { dialect, user, variables, pam, daemon } = sources
  const own = new Map<string, string>()
  if (dialect === 'cronie')
    for (const [name, value] of daemon) if (FROM_DAEMON.has(name)) own.set(name, value)
  for (const [name, value] of Object.entries(variables)) own.set(name, value)

  setIfMissing(own, 'SHELL', '/bin/sh')
  // cronie leaves HOME out if the account has none.
  if (dialect === 'debian' || user.home !== '') setIfMissing(own, 'HOME', user.home)
  setIfMissing(own, 'PATH', PATHS[dialect])
  // A crontab cannot change these.
  own.set('LOGNAME', user.name)
  if (dialect === 'cronie') own.set('USER', user.name)

  return new Map([...pam, ...own])
}

function setIfMissing(variables: Map<string, string>, name: string, value: string): void {
  if (!variables.has(name)) variables.set(name, value)
}
