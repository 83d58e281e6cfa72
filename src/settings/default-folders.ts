/** The folders of the spool, of the locks, of the server's database and of backups if the user names none. */

import { isAbsolute, join } from 'node:path'
import {
  ROOT_BACKUP_DIR,
  ROOT_DATA_DIR,
  ROOT_LOCK_DIR,
  ROOT_SPOOL_DIR,
  USER_BACKUP_DIR,
  USER_DATA_DIR,
  USER_LOCK_DIR,
  USER_SPOOL_DIR,
} from './defaults.ts'
import type { Environment } from './sources.ts'

/** Undefined for a user other than root who has no home folder. */
export function defaultSpoolDir(env: Environment, euid: number): string | undefined {
  return euid === 0 ? ROOT_SPOOL_DIR : userStateFolder(env, USER_SPOOL_DIR)
}

/** macOS has no /run. */
const MACOS_LOCK_DIR = '/var/run/cronitor/lock'

/**
 * Undefined for a user other than root who has no home folder. Not in XDG_RUNTIME_DIR: cron often runs without it, and it is removed
 * when the user logs out, so that runs of cron and of a terminal would not see each other's locks.
 */
export function defaultLockDir(
  env: Environment,
  euid: number,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  if (euid === 0) return platform === 'darwin' ? MACOS_LOCK_DIR : ROOT_LOCK_DIR
  return userStateFolder(env, USER_LOCK_DIR)
}

/** Undefined for a user other than root who has no home folder. */
export function defaultDataDir(env: Environment, euid: number): string | undefined {
  return euid === 0 ? ROOT_DATA_DIR : userStateFolder(env, USER_DATA_DIR)
}

/** `--data-dir`, else CRONITOR_DATA_DIR, else the default. */
export function dataDirOf(given: string | undefined, env: Environment, euid: number): string | undefined {
  return given || env.CRONITOR_DATA_DIR?.trim() || defaultDataDir(env, euid)
}

/** Of the backups of crontabs. Undefined for a user other than root who has no home folder. */
export function defaultBackupDir(env: Environment, euid: number): string | undefined {
  return euid === 0 ? ROOT_BACKUP_DIR : userStateFolder(env, USER_BACKUP_DIR)
}

/** Never used for root: HOME and the XDG variables survive `sudo` and `su`, and then name a folder of the calling user. */
function userStateFolder(env: Environment, folder: string): string | undefined {
  const xdg = env.XDG_STATE_HOME ?? ''
  // A relative path is invalid there and must be ignored (XDG Base Directory Specification).
  if (isAbsolute(xdg)) return join(xdg, folder)
  const home = env.HOME ?? ''
  return isAbsolute(home) ? join(home, '.local', 'state', folder) : undefined
}
