/** Reads `--api-key-file` of `cronitor serve`, and checks its permissions. */

import { statSync } from 'node:fs'
import { parseKeys } from '../../server/access/key-ring.ts'
import { readRegularFile } from '../../system/regular-file.ts'
import { checkTrusted } from '../../system/trusted-path.ts'

export type KeyFile =
  | {
      readonly ok: true
      readonly keys: readonly string[]
      /** Set if everybody can read the file. That is only a warning: in containers, such files are common. */
      readonly warning: string | undefined
    }
  /** One line that names the file and quotes nothing from it. */
  | { readonly ok: false; readonly problem: string }

/** Room for some ten thousand keys. */
const MOST_BYTES = 1024 * 1024

export function readServerKeys(path: string, euid: number): KeyFile {
  const fail = (problem: string) => ({ ok: false, problem: `--api-key-file: ${problem}` }) as const
  // Whoever can write to the file could add a key.
  const trust = checkTrusted(path, { euid })
  if (!trust.ok) return fail(trust.problem)
  const file = readRegularFile(path, MOST_BYTES)
  if (!file.ok) return fail(`${path} ${file.problem}`)
  const parsed = parseKeys(file.text)
  if (!parsed.ok) return fail(`${path} ${parsed.problem}`)
  return { ok: true, keys: parsed.keys, warning: readableByAll(path, '--api-key-file') }
}

export function readableByAll(path: string, option: string): string | undefined {
  try {
    return (statSync(path).mode & 0o004) !== 0
      ? `${option}: every user of this host can read ${path}; run chmod 640 on it`
      : undefined
  } catch {
    // The code that reads the file reports the problem.
    return undefined
  }
}
