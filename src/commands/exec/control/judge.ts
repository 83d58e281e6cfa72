/** Decides whether a job has succeeded, and with which status the wrapper exits. */

import type { RunOutcome } from '../run-outcome.ts'
import type { Control } from './control.ts'
import type { Found } from './run-output.ts'

const STRICT_STATUS = 1

/** @param found in the job's output */
export function judge(
  outcome: RunOutcome,
  { successStatus, strictStatus }: Control,
  found: Found = {},
): RunOutcome {
  const judged = addFound(successStatus === undefined ? outcome : judgeStatus(outcome, successStatus), found)
  const { leave, reported } = judged
  const isStrict = strictStatus === true && reported.state === 'fail'
  if (!isStrict || leave.kind !== 'exited' || leave.status !== 0) return judged
  return { ...judged, leave: { ...leave, status: STRICT_STATUS } }
}

/** Only the exit status of a job that has run is judged: neither a death by a signal, nor a job that could not be started. */
function judgeStatus(outcome: RunOutcome, successes: ReadonlySet<number>): RunOutcome {
  const { leave, reported } = outcome
  if (leave.kind !== 'exited') return outcome
  const state = successes.has(leave.status) ? 'complete' : 'fail'
  const isUsual = leave.status === 0 && state === 'complete'
  const { reason: _, ...rest } = reported
  return { leave, reported: { ...rest, state, ...(!isUsual && { reason: `exit status ${leave.status}` }) } }
}

function addFound({ leave, reported }: RunOutcome, { failure, metrics }: Found): RunOutcome {
  const isFailure = failure !== undefined && reported.state === 'complete'
  return {
    leave,
    reported: {
      ...reported,
      ...(isFailure && { state: 'fail', reason: failure }),
      ...(metrics !== undefined && { metrics: [...(reported.metrics ?? []), ...metrics] }),
    },
  }
}
