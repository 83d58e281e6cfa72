/** Runs a program under test as another user, if the tests run as root. */

import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { paths } from './run.ts'
import { tempDir } from './temp.ts'

export const isRoot = process.geteuid?.() === 0

/** By convention nobody's, and no other's. */
const NOBODY = 65_534

/** The command prefix that runs a program as a user who is not root; empty if the tests do not run as root. */
const AS_USER = isRoot ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--'] : []

export function asUser(argv: readonly string[]): string[] {
  return [...AS_USER, ...argv]
}

/** Why tests that need a user who is not root are skipped; undefined if they are not. */
export function whyNoUser(): string | undefined {
  try {
    execFileSync(
      '/usr/bin/env',
      asUser(['/bin/sh', '-c', '"$0" --version && exec < "$1"', paths.node, paths.bin.exec]),
      {
        stdio: 'ignore',
      },
    )
    return undefined
  } catch {
    return 'root without setpriv(1), or a project or Node.js that nobody else may read'
  }
}

/** Why a test that needs a group of others for that user's files is skipped; undefined if it is not. */
export function whyNoSharedGroup(): string | undefined {
  // Its status is 1 for a group without a name, which is nobody's private one.
  const nameOf = (option: string) =>
    spawnSync('/usr/bin/env', asUser(['id', option]), { cwd: '/', encoding: 'utf8' }).stdout
  return nameOf('-gn') === nameOf('-un') ? 'the group of the user is private' : undefined
}

/** A folder of that user's, mode 0700. */
export function userHome(): string {
  const home = tempDir('home')
  if (isRoot) chownSync(home, NOBODY, NOBODY)
  return home
}

/** The same for a spool: what a run is given belongs to the user of the tests. */
export function userSpool(): string {
  return join(userHome(), 'spool')
}

/** A file of that user's, with the folders above it that are not there yet. */
export function userFile(home: string, path: string, content: string, mode = 0o600): string {
  const file = join(home, path)
  let folder = home
  for (const name of dirname(path).split('/')) {
    if (name === '.') continue
    folder = join(folder, name)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (isRoot) chownSync(folder, NOBODY, NOBODY)
  }
  writeFileSync(file, content)
  chmodSync(file, mode)
  if (isRoot) chownSync(file, NOBODY, NOBODY)
  return file
}
