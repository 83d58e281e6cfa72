/** A hash of a text in 22 characters. */

import { createHash } from 'node:crypto'

export function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22)
}
