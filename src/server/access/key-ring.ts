/** The API keys that are accepted. How long it takes to compare tells nothing of them. */

import { createHash, timingSafeEqual } from 'node:crypto'
import type { KeyRing } from '../http/route-context.ts'

export interface ReplaceableKeyRing extends KeyRing {
  readonly replace: (keys: readonly string[]) => void
}

/**
 * Compares hashes, which all have the same length, with each of the keys, whether one was found or not: neither where a
 * wrong key differs nor which key a right one is can be timed.
 */
export function createKeyRing(keys: readonly string[]): ReplaceableKeyRing {
  let hashes = keys.map(hash)
  return {
    isKnown: key => {
      const wanted = hash(key)
      let isKnown = false
      for (const each of hashes) {
        if (timingSafeEqual(each, wanted)) isKnown = true
      }
      return isKnown
    },
    replace: next => {
      hashes = next.map(hash)
    },
  }
}

function hash(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}

export type ParsedKeys =
  | { readonly ok: true; readonly keys: readonly string[] }
  /** To stand behind the file's name; holds nothing of what stands in the file. */
  | { readonly ok: false; readonly problem: string }

/** One key a line; white space around it, empty lines and those that begin with `#` do not count. */
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
        problem: `has something else than a key of printable ASCII characters without white space in line ${index + 1}`,
      }
    }
    keys.push(key)
  }
  return keys.length > 0 ? { ok: true, keys } : { ok: false, problem: 'holds no key' }
}
