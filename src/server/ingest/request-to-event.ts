/** Turns a request to the Telemetry API into the event to record, or into a refusal. */

import { checkMonitorKey } from '../../telemetry/monitor-key.ts'
import { type Answer, errorAnswer, noSuchMethod, tooManyRequests } from '../http/answer.ts'
import { parseTarget } from '../http/request-target.ts'
import type { KeyRing } from '../http/route-context.ts'
import type { ReceivedEvent } from '../store/event.ts'
import { findOperation } from './find-operation.ts'
import { type Admission, endpointName, type RateLimits } from './rate-limits.ts'
import { redactKeys } from './redact-keys.ts'
import { validateParameters } from './telemetry-parameters.ts'

export interface Request {
  readonly method: string
  /** Unchanged from the request line. */
  readonly target: string
  /** The client's address, as http/client-address.ts gives it. */
  readonly address: string
}

export type Decision =
  | { readonly kind: 'record'; readonly event: ReceivedEvent }
  | { readonly kind: 'refuse'; readonly answer: Answer }

export interface Policy {
  readonly limits: RateLimits
  /** Undefined if any key is accepted. */
  readonly keys: KeyRing | undefined
  /** True if events without an API key are accepted. */
  readonly allowAnonymous: boolean
  /** The monotonic clock, in milliseconds. */
  readonly clock: () => number
  /** Milliseconds since 1970. */
  readonly wallClock: () => number
}

/** Never throws. The API key of a request is not part of the result. */
export function requestToEvent(request: Request, policy: Policy): Decision {
  const target = parseTarget(request.target)
  if (target.kind === 'malformed') return refuse(400, target.reason, target.parameter)
  const found = findOperation(request.method, target.segments)
  switch (found.kind) {
    case 'no-such-path':
      return refuse(404, 'there is no such path')
    case 'no-such-method':
      return { kind: 'refuse', answer: noSuchMethod(found.allow) }
    case 'operation':
      break
    default:
      return found satisfies never
  }

  const { apiKey, monitorKey } = found
  const now = policy.clock()
  const problem = keyProblem(apiKey, policy)
  if (problem !== undefined) {
    const admission = policy.limits.admitAddress(request.address, now)
    return admission.kind === 'refused' ? tooMany(admission) : refuse(403, problem)
  }
  const monitorProblem = checkMonitorKey(monitorKey)
  if (monitorProblem !== undefined) return refuse(400, `the monitor key ${monitorProblem}`, 'monitorKey')

  // Before the parameters are checked, so that clients with wrong requests are limited too.
  const admission = policy.limits.admit(endpointName(apiKey, monitorKey), request.address, now)
  if (admission.kind === 'refused') return tooMany(admission)
  const validation = validateParameters(found.operation, target.query)
  if (validation.kind === 'invalid') return refuse(400, validation.reason, validation.parameter)
  const fields = redactKeys(validation.fields, apiKey)
  return { kind: 'record', event: { receivedAt: policy.wallClock(), monitorKey, ...fields } }
}

function keyProblem(apiKey: string | undefined, { keys, allowAnonymous }: Policy): string | undefined {
  if (apiKey === undefined)
    return allowAnonymous ? undefined : 'this server accepts no events without an API key'
  return keys === undefined || keys.isKnown(apiKey) ? undefined : 'this server does not know the API key'
}

function refuse(status: number, error: string, parameter?: string): Decision {
  return { kind: 'refuse', answer: errorAnswer(status, error, parameter) }
}

function tooMany(admission: Extract<Admission, { kind: 'refused' }>): Decision {
  return { kind: 'refuse', answer: tooManyRequests(admission) }
}
