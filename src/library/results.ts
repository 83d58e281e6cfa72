/** What happened to the events of a run or a ping. `reason` is one line. */
export type EventsResult =
  /** The API has accepted all of them. */
  | { readonly kind: 'delivered' }
  /** Those that could not be delivered are in the spool, and are sent later. */
  | { readonly kind: 'kept'; readonly reason: string }
  /** The API has refused one, for example because the key is wrong. `cronitor spool list --rejected` shows it. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** One could not be delivered, and there is no usable spool. */
  | { readonly kind: 'lost'; readonly reason: string }
  /** None was sent: there is no API key, or there was nothing to report. */
  | { readonly kind: 'not-sent'; readonly reason: string }
  /** The process that sends them has ended without a word: it was killed, for example. */
  | { readonly kind: 'unknown'; readonly reason: string }

/** The last bytes of a stream that was collected. */
export interface CollectedOutput {
  /** As UTF-8; bytes that are not become U+FFFD. */
  readonly text: string
  readonly bytes: Uint8Array
  /** The length of the whole output in bytes. It is more than `bytes.length` if the output was cut at the front. */
  readonly totalBytes: number
}

/** How a job ended. */
export type JobResult =
  | {
      readonly kind: 'exited'
      /** 0 to 255. */
      readonly status: number
    }
  | { readonly kind: 'killed'; readonly signal: NodeJS.Signals }
  /** It took longer than `timeout` or `deadline`. */
  | {
      readonly kind: 'timed-out'
      /** 124. */
      readonly status: number
      /** Such as `timed out after 10m`. */
      readonly reason: string
    }
  | {
      readonly kind: 'not-started'
      /** 126: it cannot be run, 127: it was not found, 75: the lock is held, 125: anything else. */
      readonly status: number
      readonly reason: string
    }

/**
 * The result of a run: how the job ended (`kind`), and what was reported.
 *
 * After an abort by `abortSignal` it says how the job ended then: the job gets SIGTERM, and SIGKILL after `killAfter`. If
 * it had not started, `kind` is `not-started`.
 */
export type RunResult = JobResult & {
  /** The ID that links the events of the run. Empty if the run has not begun. */
  readonly series: string
  /** What was reported; undefined if nothing was. Options such as `failIf` and `successStatus` decide it, too. */
  readonly state: 'complete' | 'fail' | undefined
  /** Why it is reported as failed, such as `exit status 3`, or a remark on its success. */
  readonly reason?: string
  /** How long the job ran, in milliseconds. */
  readonly durationMs: number
  readonly events: EventsResult
  /** What the command would have printed as warnings, a line each. */
  readonly warnings: readonly string[]
  /** Only with `stdout: 'collect'`. */
  readonly stdout?: CollectedOutput
  /** Only with `stderr: 'collect'`. */
  readonly stderr?: CollectedOutput
}

/** The result of a ping. */
export interface PingResult {
  readonly events: EventsResult
  /** What the command would have printed as warnings, a line each. */
  readonly warnings: readonly string[]
}
