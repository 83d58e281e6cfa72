/** A text in 22 characters: equal texts have equal ones, others do not. */

import { createHash } from 'node:crypto'

export function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22)
}
