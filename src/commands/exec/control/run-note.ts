/** Adds the text of `--note` to the message of a run's end. */

import type { RunOutcome } from '../run-outcome.ts'

/** Behind the reason, if the job failed: the last line of the output stays next to the reason. */
export function withNote(outcome: RunOutcome, note: string | undefined): RunOutcome {
  if (note === undefined) return outcome
  const { reported } = outcome
  const reason = reported.reason === undefined ? note : `${reported.reason}, ${note}`
  return { ...outcome, reported: { ...reported, reason } }
}
