/** What a report needs to know of a job, however it is run. */

export interface ReportedJob {
  /** Undefined if it could not be started. */
  readonly pid: number | undefined
  readonly ended: Promise<ReportedEnd>
  /** Reads what its pipes still hold into the tail. */
  takeRest(): void
}

export interface ReportedEnd {
  /** As a shell has it: the exit status, or 128 and the signal's number. */
  readonly status: number
  readonly durationMs: number
  /** Why the job failed; undefined if it did not. */
  readonly reason?: string
}

/** The end of the job's output. */
export interface ReportedTail {
  /** The last bytes, in order. */
  bytes(): Buffer
  /** All that the job has printed, in bytes. */
  total(): number
}
