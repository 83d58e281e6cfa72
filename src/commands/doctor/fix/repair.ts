/** `cronitor doctor --fix`: corrects what can be corrected, before the checks. */

import type { Notices } from '../../../report/notices/notices.ts'
import { SYSTEM_FILE } from '../../../settings/defaults.ts'
import { loadSettings } from '../../../settings/load.ts'
import { settingOrigins } from '../../../settings/setting-origins.ts'
import type { FileOptions } from '../../../settings/sources.ts'
import { lstat } from '../../../system/file-calls.ts'
import { whileAnswering } from '../../../system/hung-file-system.ts'
import { foundFiles } from '../probes/found-files.ts'
import { askKey } from './ask-key.ts'
import { correctPermissions } from './correct-permissions.ts'
import { settingsTarget, storeKey } from './store-key.ts'

/** How long to wait for the spool, in milliseconds. */
const SPOOL_MS = 1000

const yes = () => true

/** What was done, or could not be done, is told on standard error. */
export async function repair(options: FileOptions, notices: Notices): Promise<void> {
  const { spoolDir } = loadSettings(options).settings
  const isAnswering =
    spoolDir !== undefined && (await whileAnswering(lstat(spoolDir).then(yes, yes), SPOOL_MS))
  const changed = correctPermissions({
    files: foundFiles(options),
    // The calls for it would wait for a file system that hangs.
    spoolDir: isAnswering ? spoolDir : undefined,
    systemFile: SYSTEM_FILE,
    euid: options.euid,
  })
  for (const sentence of changed) notices.warnNow(sentence)
  const { key, anonymous } = loadSettings(options).settings
  if (key !== undefined || anonymous) return
  // A key there would be used instead, even if it is wrong.
  const elsewhere = keyElsewhere(options)
  if (elsewhere !== undefined) {
    notices.warnNow(`no key is asked for: ${elsewhere} would be used instead of it; correct that one`)
    return
  }
  const stored = await storeKey(options, askKey)
  notices.warnNow(stored.kind === 'written' ? `the API key is in ${stored.path}` : stored.problem)
}

function keyElsewhere(options: FileOptions): string | undefined {
  const origins = settingOrigins(options)
  const target = settingsTarget(options)
  return (['CRONITOR_PING_API_KEY', 'CRONITOR_API_KEY', 'CRONITOR_API_KEY_FILE'] as const)
    .map(name => origins(name))
    .find(origin => origin !== undefined && !origin.endsWith(` in ${target}`))
}
