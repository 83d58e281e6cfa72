/** Short hashes for file names. In the executable: short-hash.bun.ts. */

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

/**
 * The first `digits` hex digits of the SHA-256 of a text. Without node:crypto, which takes longer to load than
 * everything else that a run needs for the spool.
 */
export function shortHash(text: string, digits: number): string {
  return bytesToHex(sha256(utf8ToBytes(text))).slice(0, digits)
}
