/** The options of `cronitor doctor` and `cronitor configure`. */

import type { CommonFlags } from '../command-line.ts'

export interface DoctorFlags extends CommonFlags {
  readonly json?: boolean
  readonly fix?: boolean
  /** A monitor key. */
  readonly send?: string
}

export type ConfigureFlags = Pick<CommonFlags, 'apiKey' | 'apiKeyFile' | 'config' | 'url'>
