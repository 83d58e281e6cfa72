/** What `cronitor runs` is asked for. */

import type { CommonFlags } from '../command-line.ts'
import type { RUN_STATE_CHOICES } from './runs-options.ts'

export interface RunsFlags extends CommonFlags {
  readonly follow?: boolean
  readonly json?: boolean
  /** 0 to 10,000. */
  readonly limit?: number
  readonly state?: (typeof RUN_STATE_CHOICES)[number]
}

export interface RunsRequest {
  /** Undefined for the runs of all monitors. */
  readonly monitorKey: string | undefined
  readonly flags: RunsFlags
}
