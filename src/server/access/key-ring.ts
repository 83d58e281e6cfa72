/** The accepted API keys. Comparing them takes constant time, so that nobody can guess a key by timing. */

import { timingSafeEqual } from 'node:crypto'
import type { KeyRing } from '../http/route-context.ts'
import { hashOfKey, proofOf } from './key-proof.ts'

export interface ReplaceableKeyRing extends KeyRing {
  readonly replace: (keys: readonly string[]) => void
}

/**
 * Compares hashes, which all have the same length, and always with every key. So the time does not show how many
 * characters of a wrong key are right, or which key was given.
 */
export function createKeyRing(keys: readonly string[]): ReplaceableKeyRing {
  let hashes = keys.map(hashOfKey)
  return {
    isKnown: key => {
      const wanted = hashOfKey(key)
      let isKnown = false
      for (const each of hashes) {
        if (timingSafeEqual(each, wanted)) isKnown = true
      }
      return isKnown
    },
    // A proof is no secret that could be guessed: the token is.
    isProvedBy: (proof, token) => hashes.some(each => proofOf(each, token) === proof),
    replace: next => {
      hashes = next.map(hashOfKey)
    },
  }
}

export type ParsedKeys =
  | { readonly ok: true; readonly keys: readonly string[] }
  /** Follows the name of the file in a message. Quotes nothing from the file. */
  | { readonly ok: false; readonly problem: string }

/** One key a line. White space around keys, empty lines and lines that start with `#` are ignored. */
export function parseKeys(text: string): ParsedKeys {
  const keys: string[] = []
  for (const [index, line] of text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    const key = line.trim()
    if (key === '' || key.startsWith('#')) continue
    if (!/^[!-~]+$/.test(key)) {
      return {
        ok: false,
        problem: `has something other than a key (printable ASCII without white space) in line ${index + 1}`,
      }
    }
    keys.push(key)
  }
  return keys.length > 0 ? { ok: true, keys } : { ok: false, problem: 'has no key' }
}
