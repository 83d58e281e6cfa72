/** A new series ID for a run. */

import { randomUUID } from 'node:crypto'

/** A random UUID (RFC 9562, version 4). */
export function freshSeries(): string {
  return randomUUID()
}
