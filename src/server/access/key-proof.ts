/**
 * Proves the key with which a session began. It may be stored: without the token, which only the browser has, nobody can tell
 * from it whether a guessed key is right.
 */

import { createHash, createHmac } from 'node:crypto'

export function hashOfKey(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}

/** `keyHash`: hashOfKey() of the key. `token`: a random text of 256 bits. */
export function proofOf(keyHash: Buffer, token: string): string {
  return createHmac('sha256', token).update(keyHash).digest('base64url')
}
