/** How long a run waits before it starts, so that not all hosts start at once. */

import { shortHash } from '../system/short-hash.ts'

export interface StartDelay {
  /** Milliseconds: the longest of a wait that is the same for each run of a monitor on a host. */
  readonly splayMs: number
  /** Milliseconds: the longest of a random wait. */
  readonly jitterMs: number
  readonly host: string
  readonly monitorKey: string
  /** At least 0, less than 1. */
  readonly random: () => number
}

const HASH_DIGITS = 12

/** Milliseconds, less than `splayMs` and `jitterMs` together. */
export function startDelayMs({ splayMs, jitterMs, host, monitorKey, random }: StartDelay): number {
  // A host's name has no line feed.
  const share = Number.parseInt(shortHash(`${host}\n${monitorKey}`, HASH_DIGITS), 16) / 16 ** HASH_DIGITS
  return Math.floor(share * splayMs + random() * jitterMs)
}
