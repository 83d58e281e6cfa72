/** The options of the commands of `cronitor spool`. */

import type { CommonFlags } from '../command-line.ts'

export interface SpoolListFlags extends CommonFlags {
  readonly json?: boolean
  readonly rejected?: boolean
}

export interface SpoolRetryFlags extends CommonFlags {
  readonly rekey?: boolean
}

export interface SpoolDropFlags extends CommonFlags {
  readonly rejected?: boolean
  /** Milliseconds. */
  readonly olderThan?: number
}
