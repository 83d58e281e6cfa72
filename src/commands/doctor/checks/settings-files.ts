/** Which settings files are read, which are refused, and who may read them. */

import type { SettingsFile } from '../../../settings/settings-file.ts'
import { type CheckResult, fine, warning } from '../check-result.ts'

export interface FoundFile {
  readonly path: string
  readonly file: SettingsFile
  /** True for a file of the system that only other users may read. */
  readonly isForOthers: boolean
  /** True if it holds a key, it belongs to this user, and other users may read it. */
  readonly isKeyShared: boolean
}

const AFTER_REPAIR = 'cronitor doctor --fix corrects the permissions of files of this user'

export function checkSettingsFiles(files: readonly FoundFile[]): CheckResult {
  const message = files.map(described).join('; ') || 'HOME is not set, so there is no settings file'
  const facts = { files: files.map(({ path, file }) => ({ path, state: file.kind })) }
  const wrong = files.find(
    ({ file, isForOthers }) => !isForOthers && file.kind !== 'read' && file.kind !== 'missing',
  )
  if (wrong !== undefined) {
    const isPermission = wrong.file.kind === 'refused' && /is writable by /.test(wrong.file.problem)
    return warning(
      'settings-files',
      message,
      isPermission ? AFTER_REPAIR : 'correct that file, or its permissions',
      facts,
    )
  }
  const shared = files.find(({ isKeyShared }) => isKeyShared)
  return shared === undefined
    ? fine('settings-files', message, facts)
    : warning(
        'settings-files',
        `${message}; other users can read the key in ${shared.path}`,
        `chmod 600 ${shared.path}, unless the jobs of other users need it`,
        facts,
      )
}

function described({ path, file, isForOthers }: FoundFile): string {
  if (isForOthers) return `${path} is for other users`
  switch (file.kind) {
    case 'read':
      return `${path} is read`
    case 'missing':
      return `${path} does not exist`
    case 'hidden':
    case 'unreadable':
    case 'refused':
      return `${path} is not used: ${file.problem}`
    default:
      return file satisfies never
  }
}
