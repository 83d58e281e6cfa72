/** Names an attempt in the message of a run's end. */

import type { RunOutcome } from '../run-outcome.ts'

export function attemptName(attempt: number, retries: number): string {
  return `attempt ${attempt} of ${retries + 1}`
}

/** Unchanged without retries. A success is named too. */
export function withAttempt(outcome: RunOutcome, attempt: number, retries: number): RunOutcome {
  if (retries === 0) return outcome
  const { reported } = outcome
  const name = attemptName(attempt, retries)
  const reason = reported.reason === undefined ? name : `${reported.reason}, ${name}`
  return { ...outcome, reported: { ...reported, reason } }
}
