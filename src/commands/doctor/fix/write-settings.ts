/** Writes settings into a settings file, and leaves everything else in it as it is. */

import { lstatSync, realpathSync, renameSync, statSync, unlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { SYSTEM_FILE } from '../../../settings/defaults.ts'
import { withRemedy } from '../../../settings/key-file.ts'
import { isObject } from '../../../system/json-object.ts'
import { makeFolders } from '../../../system/make-folders.ts'
import { uniqueWord } from '../../../system/process-id.ts'
import { readRegularFile } from '../../../system/regular-file.ts'
import { checkTrusted } from '../../../system/trusted-path.ts'
import { describeWriteError, syncFolderNow } from '../../crontab/replace-file.ts'
import { writeLike, writePrivate } from '../../crontab/write-like.ts'
import { withJsonMember } from './json-member.ts'

/** By the names of the variables. */
export type NewSettings = Readonly<Record<string, string>>

export type SettingsWritten =
  | { readonly kind: 'written'; readonly path: string }
  /** One line that names the file and quotes nothing from it. Nothing was changed. */
  | { readonly kind: 'failed'; readonly problem: string }

const MAX_BYTES = 1024 * 1024

/** Never throws. */
export function writeSettings(path: string, settings: NewSettings, euid: number): SettingsWritten {
  try {
    const trust = checkTrusted(path, { euid })
    if (trust.ok) return changeFile(path, settings)
    return trust.why === 'missing' ? createFile(path, settings, euid) : failed(withRemedy(trust.problem))
  } catch (error) {
    return failed(`${path} cannot be written: ${describeWriteError(error)}`)
  }
}

function createFile(path: string, settings: NewSettings, euid: number): SettingsWritten {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) {
    return failed(
      `${path} is a symbolic link to a file that does not exist: create that file, or remove the link`,
    )
  }
  const folder = dirname(path)
  makeFolders(folder)
  const trust = checkTrusted(folder, { euid })
  if (!trust.ok) return failed(withRemedy(trust.problem))
  const temporary = temporaryIn(folder, path)
  writePrivate(temporary, Buffer.from(withSettings('{}\n', settings)))
  return putInPlace(temporary, path, path, () => lstatSync(path, { throwIfNoEntry: false }) === undefined)
}

function changeFile(path: string, settings: NewSettings): SettingsWritten {
  // A link stays: what it leads to is trusted too.
  const target = realpathSync(path)
  const before = readRegularFile(target, MAX_BYTES)
  if (!before.ok) return failed(`${path} ${before.problem}`)
  const text = before.text.trim() === '' ? '{}\n' : before.text
  if (!isJsonObject(text)) {
    return failed(`${path} is not a JSON object, and stays as it is: correct it, or move it away`)
  }
  const { uid, gid, mtimeMs, mode: oldMode } = statSync(target)
  // An administrator may share the system's file with a group.
  const mode = path === SYSTEM_FILE ? 0o600 | (oldMode & 0o040) : 0o600
  const temporary = temporaryIn(dirname(target), target)
  const bytes = Buffer.from(withSettings(text, settings))
  writeLike(temporary, bytes, { path: target, stats: { uid, gid, mode, mtimeMs } })
  return putInPlace(temporary, target, path, () => {
    const now = readRegularFile(target, MAX_BYTES)
    return now.ok && now.text === before.text
  })
}

function withSettings(text: string, settings: NewSettings): string {
  return Object.entries(settings).reduce((rest, [name, value]) => withJsonMember(rest, name, value), text)
}

function temporaryIn(folder: string, path: string): string {
  return join(folder, `.${basename(path)}.${uniqueWord()}~`)
}

/** After any interruption, the file is the old or the new one. */
function putInPlace(
  temporary: string,
  target: string,
  path: string,
  isUnchanged: () => boolean,
): SettingsWritten {
  try {
    if (!isUnchanged()) {
      unlinkSync(temporary)
      return failed(`${path} has changed meanwhile, and was not written: try again`)
    }
    renameSync(temporary, target)
  } catch (error) {
    unlinkSync(temporary)
    throw error
  }
  syncFolderNow(dirname(target))
  return { kind: 'written', path }
}

function isJsonObject(text: string): boolean {
  try {
    return isObject(JSON.parse(text.replace(/^\uFEFF/, '')))
  } catch {
    return false
  }
}

function failed(problem: string): SettingsWritten {
  return { kind: 'failed', problem }
}
