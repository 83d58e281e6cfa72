/** What the report of a run needs to know about its job. */

import type { Metric } from '../telemetry/event.ts'

export interface ReportedJob {
  /** Undefined if it could not be started. */
  readonly pid: number | undefined
  readonly ended: Promise<ReportedEnd>
  /** Milliseconds since its end; 0 before. */
  readonly sinceEndMs: () => number
  /** Reads the rest of the job's output from its pipes into the tail. */
  takeRest(): Promise<void>
}

export interface ReportedEnd {
  /** As a shell counts: the exit status, or 128 plus the signal's number. */
  readonly status: number
  readonly durationMs: number
  readonly state: 'complete' | 'fail'
  /** The end of the message: why the job failed, or a remark on its success. */
  readonly reason?: string
  /** Besides the duration. */
  readonly metrics?: readonly Metric[]
}

/** The end of the job's output. */
export interface ReportedTail {
  /** The last bytes, in order. */
  bytes(): Buffer
  /** The length of the whole output, in bytes. */
  total(): number
}
