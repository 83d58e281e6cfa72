/** Reads `--api-key-file` of `cronitor serve`, and what may stand in the way of its secrecy. */

import { statSync } from 'node:fs'
import { parseKeys } from '../../server/access/key-ring.ts'
import { readRegularFile } from '../../system/regular-file.ts'
import { checkTrusted } from '../../system/trusted-path.ts'

export type KeyFile =
  | {
      readonly ok: true
      readonly keys: readonly string[]
      /** The file can be read by everybody, which is no reason to refuse it: containers are given such files. */
      readonly warning: string | undefined
    }
  /** One line that names the file, and holds nothing of its content. */
  | { readonly ok: false; readonly problem: string }

/** Room for some ten thousand keys. */
const MOST_BYTES = 1024 * 1024

export function readServerKeys(path: string, euid: number): KeyFile {
  const fail = (problem: string) => ({ ok: false, problem: `--api-key-file: ${problem}` }) as const
  // Who can write there could let themselves in.
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
      ? `${option}: every user of this host can read ${path}; chmod 640 it`
      : undefined
  } catch {
    // What is wrong with it is told by who reads it.
    return undefined
  }
}
