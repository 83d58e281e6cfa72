/** A range of monitor keys as values for `key > ? AND key <= ?`. */

import type { KeyRange } from '../store.ts'

/** No key is empty, or larger than this: a key has at most 128 characters. */
const LAST_KEY = '\u{10ffff}'.repeat(129)

export function boundsOf({ after = '', upTo = LAST_KEY }: KeyRange): Required<KeyRange> {
  return { after, upTo }
}
