/** How a job ended, and the wrapper's exit status for it. */

import { constants } from 'node:os'
import type { TIMED_OUT_STATUS } from './exit-status.ts'
import type { StartFailure } from './start-failure.ts'

export type JobEnd =
  | { readonly kind: 'exited'; readonly status: number; readonly durationMs: number }
  | { readonly kind: 'killed'; readonly signal: NodeJS.Signals; readonly durationMs: number }
  | {
      /** The wrapper has ended the job, whatever its exit status was. */
      readonly kind: 'timed-out'
      readonly status: typeof TIMED_OUT_STATUS
      /** Such as `timed out after 10m`. */
      readonly reason: string
      readonly durationMs: number
    }
  | (StartFailure & {
      readonly kind: 'not-started'
      readonly durationMs: number
      /** True if no process could be created. Threads may be lacking too. */
      readonly lacksProcess?: true
    })

/** The exit status that a shell gives: 128 plus the signal's number if a signal killed the job. */
export function exitStatusOf(end: JobEnd): number {
  return end.kind === 'killed' ? 128 + constants.signals[end.signal] : end.status
}
