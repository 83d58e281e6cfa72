/** How a job ended. */

import type { CANNOT_RUN_STATUS, NOT_FOUND_STATUS } from './exit-status.ts'

export type JobEnd =
  | { readonly kind: 'exited'; readonly status: number; readonly durationMs: number }
  | { readonly kind: 'killed'; readonly signal: NodeJS.Signals; readonly durationMs: number }
  | {
      readonly kind: 'not-started'
      readonly status: typeof CANNOT_RUN_STATUS | typeof NOT_FOUND_STATUS
      readonly reason: string
      readonly durationMs: number
      /** True if no process could be created: then threads may be lacking too. */
      readonly lacksProcess?: true
    }
