/** When a drain gives up: a time after the last event that was delivered or refused. */

export interface ProgressDeadline {
  /** An event was delivered or refused: the time starts again. */
  readonly noteProgress: () => void
  /** Milliseconds until the drain gives up; 0 or less: now. */
  readonly leftMs: () => number
}

/** @param giveUpAfterMs undefined: never */
export function createProgressDeadline(
  now: () => number,
  giveUpAfterMs: number | undefined,
): ProgressDeadline {
  let lastProgress = now()
  return {
    noteProgress() {
      lastProgress = now()
    },
    leftMs: () => (giveUpAfterMs ?? Number.POSITIVE_INFINITY) - (now() - lastProgress),
  }
}
