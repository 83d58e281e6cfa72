/** The parsed command line of `cronitor try`. */

import type { CronDialect } from '../../crontab/crontab-file.ts'
import type { CommonFlags } from '../command-line.ts'

export interface TryFlags extends CommonFlags {
  readonly user?: string
  readonly system?: boolean
  readonly dialect?: CronDialect
  readonly print?: boolean
  /** False with `--no-report`. */
  readonly report?: boolean
}

export interface TryRequest {
  /** FILE:LINE or a line of a crontab. */
  readonly line: string
  readonly flags: TryFlags
}
