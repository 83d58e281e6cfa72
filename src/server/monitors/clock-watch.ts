/** Detects that this process did not run for some time, or that the wall clock was set. */

/** A shorter time without a running server delays events too little to matter. */
export const MIN_GAP_MS = 30_000

/** `check` must be called more often than this. */
export const CHECK_INTERVAL_MS = 10_000

export type ClockGap =
  /** The process was stopped (SIGSTOP), or its virtual machine was paused. */
  | { readonly kind: 'stopped'; readonly ms: number }
  /** The wall clock was set forward, or the machine was suspended: the monotonic clock stops then (clock_gettime(2)). */
  | { readonly kind: 'skipped'; readonly ms: number }
  | { readonly kind: 'set back'; readonly ms: number }

export interface ClockPair {
  /** The monotonic clock, in milliseconds. */
  readonly clock: () => number
  /** Milliseconds since 1970. */
  readonly wallClock: () => number
}

/** The function returns what has happened since its last call, if it is 30 seconds or more. */
export function createClockWatch({ clock, wallClock }: ClockPair): () => ClockGap | undefined {
  let last = { now: clock(), wall: wallClock() }
  return () => {
    const current = { now: clock(), wall: wallClock() }
    const elapsed = current.now - last.now
    const skipped = current.wall - last.wall - elapsed
    last = current
    if (skipped <= -MIN_GAP_MS) return { kind: 'set back', ms: -skipped }
    if (skipped >= MIN_GAP_MS) return { kind: 'skipped', ms: skipped }
    return elapsed >= MIN_GAP_MS ? { kind: 'stopped', ms: elapsed } : undefined
  }
}
