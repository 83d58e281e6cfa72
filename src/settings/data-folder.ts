/** Where `cronitor serve` keeps its database, unless something else is said. */

import { isAbsolute, join } from 'node:path'
import type { Environment } from './sources.ts'

export const ROOT_DATA_DIR = '/var/lib/cronitor'

/**
 * Undefined where a user who is not root has no home. Root never looks under HOME or XDG folders: they survive `sudo`
 * and `su`, and then name a folder of the user who called.
 */
export function defaultDataDir(env: Environment, euid: number): string | undefined {
  if (euid === 0) return ROOT_DATA_DIR
  const xdg = env.XDG_STATE_HOME ?? ''
  // A relative path is invalid there and is to be ignored (XDG Base Directory Specification).
  if (isAbsolute(xdg)) return join(xdg, 'cronitor')
  const home = env.HOME ?? ''
  return isAbsolute(home) ? join(home, '.local', 'state', 'cronitor') : undefined
}

/** What the command line says, then the environment, then the default. */
export function dataDirOf(given: string | undefined, env: Environment, euid: number): string | undefined {
  return given || env.CRONITOR_DATA_DIR?.trim() || defaultDataDir(env, euid)
}
