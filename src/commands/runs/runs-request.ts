/** The parsed command line of `cronitor runs`. */

import type { RunState } from '../../server/monitors/run-state.ts'
import type { CommonFlags } from '../command-line.ts'

export interface RunsFlags extends CommonFlags {
  readonly follow?: boolean
  readonly json?: boolean
  /** 0 to 10,000. */
  readonly limit?: number
  readonly state?: RunState
}

export interface RunsRequest {
  /** Undefined for the runs of all monitors. */
  readonly monitorKey: string | undefined
  readonly flags: RunsFlags
}
