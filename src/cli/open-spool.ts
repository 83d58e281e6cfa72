/** The spool of a command, out of its settings: opened only where nobody else can write. */

import { makeFolders } from '../settings/make-folders.ts'
import type { Settings } from '../settings/settings.ts'
import { checkTrusted } from '../settings/trusted-path.ts'
import { faultWords } from '../spool/fault.ts'
import type { Spool } from '../spool/folders.ts'
import { placeOfThisProcess } from '../spool/process-id.ts'

export type SpoolChoice =
  | { readonly kind: 'open'; readonly spool: Spool }
  /** `--no-spool`. */
  | { readonly kind: 'off' }
  /** `problem` says why, to stand behind `events cannot be kept on disk: `. */
  | { readonly kind: 'unusable'; readonly problem: string }

/** The folder is made with mode 0700 where it is missing. */
export function openSpool(
  settings: Pick<Settings, 'spool' | 'spoolDir' | 'spoolMaxAgeMs' | 'spoolMaxBytes'>,
  euid = process.geteuid?.() ?? 0,
): SpoolChoice {
  if (!settings.spool) return { kind: 'off' }
  const { spoolDir: folder } = settings
  if (folder === undefined)
    return unusable('HOME is not set; set CRONITOR_SPOOL_DIR, or --no-spool if that is meant')
  let trust = checkTrusted(folder, { euid })
  if (!trust.ok && trust.why === 'missing') {
    try {
      // All above what is missing is closed to others, so that nobody can put something in its place meanwhile.
      makeFolders(folder)
    } catch (error) {
      return unusable(`${folder} cannot be made: ${faultWords(error)}`)
    }
    trust = checkTrusted(folder, { euid })
  }
  if (!trust.ok) return unusable(trust.problem)
  return {
    kind: 'open',
    spool: {
      folder,
      maxAgeMs: settings.spoolMaxAgeMs,
      maxBytes: settings.spoolMaxBytes,
      place: placeOfThisProcess(),
      wallClock: Date.now,
    },
  }
}

function unusable(problem: string): SpoolChoice {
  return { kind: 'unusable', problem }
}
