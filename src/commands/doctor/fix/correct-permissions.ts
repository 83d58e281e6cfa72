/** Corrects the permissions of this user's settings file and spool. */

import { chmodSync, lstatSync, readdirSync, type Stats } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isPrivateGroup } from '../../../system/private-group.ts'
import { checkTrusted } from '../../../system/trusted-path.ts'
import type { FoundFile } from '../checks/settings-files.ts'

const SPOOL_FOLDERS = ['queue', 'rejected', 'runs', 'locks', 'damaged']

interface Permissions {
  readonly files: readonly FoundFile[]
  readonly spoolDir: string | undefined
  readonly systemFile: string
  readonly euid: number
}

/** Returns a sentence for each path that was changed. What belongs to another user stays. */
export function correctPermissions({ files, spoolDir, systemFile, euid }: Permissions): string[] {
  const changed: string[] = []
  const correct = (path: string, isRight: (stats: Stats) => boolean, mode: (stats: Stats) => number) => {
    const stats = ownAt(path, euid)
    if (stats === undefined || isRight(stats)) return
    try {
      chmodSync(path, mode(stats))
      changed.push(`${path}: mode ${octal(stats.mode)} is now ${octal(mode(stats))}`)
    } catch {
      // The check of the file or of the spool says what is wrong.
    }
  }
  const withoutWriters = ({ mode }: Stats) => (mode & 0o7755) | 0o600
  for (const { path, isKeyShared } of files) {
    const folder = dirname(path)
    if (basename(folder) === 'cronitor') correct(folder, isClosed, stats => withoutWriters(stats) | 0o100)
    const isSystem = path === systemFile
    const isRight = (stats: Stats) =>
      isClosed(stats) && (stats.mode & 0o400) !== 0 && !(isKeyShared && !isSystem)
    correct(path, isRight, isSystem ? withoutWriters : () => 0o600)
  }
  if (spoolDir !== undefined && isSpool(spoolDir)) {
    const isPrivate = ({ mode }: Stats) => (mode & 0o777) === 0o700
    for (const path of [spoolDir, ...SPOOL_FOLDERS.map(name => join(spoolDir, name))]) {
      correct(path, isPrivate, () => 0o700)
    }
  }
  return changed
}

/** True if nobody else may write to it. */
function isClosed({ mode, gid, uid }: Stats): boolean {
  return (mode & 0o002) === 0 && ((mode & 0o020) === 0 || isPrivateGroup(gid, uid))
}

/** Undefined if it is a link, or does not belong to this user, or if another user could replace it. */
function ownAt(path: string, euid: number): Stats | undefined {
  if (!checkTrusted(dirname(path), { euid }).ok) return undefined
  const stats = lstatSync(path, { throwIfNoEntry: false })
  return stats?.uid === euid && (stats.isFile() || stats.isDirectory()) ? stats : undefined
}

/** False for a folder that has something else in it: `--spool-dir` can name any. */
function isSpool(path: string): boolean {
  try {
    return readdirSync(path).every(name => SPOOL_FOLDERS.includes(name) || name.startsWith('.'))
  } catch {
    return basename(path) === 'spool' || basename(path) === 'cronitor'
  }
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8)
}
