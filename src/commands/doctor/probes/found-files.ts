/** Reads the settings files that a command of this user would read. */

import { statSync } from 'node:fs'
import { readSettingsFile, type SettingsFile } from '../../../settings/settings-file.ts'
import { type FileOptions, type NamedFile, settingsFiles } from '../../../settings/sources.ts'
import { isPrivateGroup } from '../../../system/private-group.ts'
import type { FoundFile } from '../checks/settings-files.ts'

export function foundFiles(options: FileOptions): readonly FoundFile[] {
  return settingsFiles(options).map(({ path, kind }) => {
    const file = readSettingsFile(path, options.euid)
    return {
      path,
      file,
      isForOthers: kind === 'system' && (file.kind === 'hidden' || file.kind === 'unreadable'),
      isKeyShared: hasKey(file) && isReadByOthers(path, kind, options.euid),
    }
  })
}

function hasKey(file: SettingsFile): boolean {
  if (file.kind !== 'read') return false
  const { CRONITOR_API_KEY: key, CRONITOR_PING_API_KEY: ping } = file.values
  return Boolean(key) || Boolean(ping)
}

/** The group of the system's file was chosen by an administrator. */
function isReadByOthers(path: string, kind: NamedFile['kind'], euid: number): boolean {
  const { uid, gid, mode } = statSync(path)
  if (uid !== euid) return false
  if ((mode & 0o004) !== 0) return true
  return kind !== 'system' && (mode & 0o040) !== 0 && !isPrivateGroup(gid, uid)
}
