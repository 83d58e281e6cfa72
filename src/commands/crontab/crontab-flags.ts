/** The options of the commands of `cronitor crontab`. */

import type { CommonFlags } from '../command-line.ts'

export interface SourceFlags extends CommonFlags {
  /** Names of users. */
  readonly user?: readonly string[]
  readonly system?: boolean
}

export interface CrontabListFlags extends SourceFlags {
  readonly json?: boolean
}

export interface CrontabCheckFlags extends SourceFlags {
  readonly json?: boolean
  readonly jobs?: readonly string[]
  /** A file. */
  readonly expectations?: string
}

export interface CrontabChangeFlags extends SourceFlags {
  readonly apply?: boolean
  readonly jobs?: readonly string[]
  readonly backupDir?: string
}

export interface CrontabWrapFlags extends CrontabChangeFlags {
  /** The environment that is put into the lines. */
  readonly env?: string
  /** Options of cronitor-exec that are put into the lines. */
  readonly with?: readonly string[]
  readonly hostKeys?: boolean
  readonly wrapper?: string
  /** A file. */
  readonly expectations?: string
  /** Milliseconds. */
  readonly grace?: number
}
