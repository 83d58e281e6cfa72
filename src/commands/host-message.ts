/** What a command tells the Node.js program that has started it by the library: JSON, a line for each message. */

export type HostMessage =
  /** The options or arguments are wrong. The command ends without doing anything. */
  | { readonly kind: 'usage-error'; readonly problem: string }
  /** The job of a run has started. */
  | { readonly kind: 'started'; readonly pid: number | undefined; readonly series: string }
  /** The run has ended; its events may still be on their way. */
  | {
      readonly kind: 'ended'
      readonly end: ToldEnd
      readonly state: 'complete' | 'fail'
      /** Why it failed, or a remark on its success. */
      readonly reason?: string | undefined
      readonly durationMs: number
    }
  /** The last message. */
  | { readonly kind: 'concluded'; readonly events: ToldEvents; readonly warnings: readonly string[] }

export type ToldEnd =
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'killed'; readonly signal: NodeJS.Signals }
  | { readonly kind: 'timed-out'; readonly status: number; readonly reason: string }
  | { readonly kind: 'not-started'; readonly status: number; readonly reason: string }

export type ToldEvents =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'kept'; readonly reason: string }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'lost'; readonly reason: string }
  | { readonly kind: 'not-sent'; readonly reason: string }
