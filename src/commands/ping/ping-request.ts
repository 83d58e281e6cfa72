/** The options and arguments of `cronitor ping`. */

import type { Metric, State } from '../../telemetry/event.ts'
import type { CommonFlags } from '../command-line.ts'

export interface PingFlags extends CommonFlags {
  readonly state?: State
  readonly run?: boolean
  readonly complete?: boolean
  readonly fail?: boolean
  readonly ok?: boolean
  readonly tick?: boolean
  readonly msg?: string
  readonly metric?: readonly Metric[]
  readonly duration?: Metric
  readonly series?: string
  readonly statusCode?: number
  readonly dryRun?: boolean
}

export interface PingRequest {
  readonly monitorKey: string
  readonly state: State
  readonly flags: PingFlags
}
