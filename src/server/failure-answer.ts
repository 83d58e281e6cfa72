/** The answer to a request whose route has failed. */

import { errorMessage } from '../system/error-message.ts'
import { type Answer, errorAnswer, withReason } from './http/answer.ts'
import { isStoreProblem } from './store/store-problem.ts'

/** 503 if the database is the cause, with a time to try again; else 500. */
export function failureAnswer(error: unknown): Answer {
  if (!isStoreProblem(error)) return errorAnswer(500, 'the server failed to answer this request')
  const text = `the store cannot be read: ${errorMessage(error)}`
  return withReason(errorAnswer(503, text, undefined, { 'retry-after': '10' }), 'not_read')
}
