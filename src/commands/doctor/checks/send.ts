/** Whether the API has accepted an event. */

import { type ApiAnswer, classify } from '../../../client/outcome.ts'
import { type CheckResult, fine, problem, warning } from '../check-result.ts'

/** @param answer undefined if nothing could be sent */
export function checkSend(monitorKey: string, answer: ApiAnswer | undefined): CheckResult {
  if (answer === undefined)
    return problem('send', `no event was sent to ${monitorKey}`, 'see the problems above')
  const outcome = classify(answer, 0)
  const facts = { monitor: monitorKey, ...(answer.kind === 'status' && { status: answer.status }) }
  switch (outcome.kind) {
    case 'delivered':
      return fine('send', `the API has accepted an event for ${monitorKey}`, facts)
    case 'retry': {
      const message = `the API has not accepted the event for ${monitorKey} yet: ${outcome.problem}`
      if (answer.kind === 'error') return problem('send', message, 'try again', facts)
      return warning('send', message, 'a run would try again; so try again later', facts)
    }
    case 'shorten':
    case 'rejected':
      return problem(
        'send',
        `the API has refused the event for ${monitorKey}: ${outcome.problem}`,
        outcome.likelyCause,
        facts,
      )
    default:
      return outcome satisfies never
  }
}
