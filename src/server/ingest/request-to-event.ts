/** Turns a request to the Telemetry API into the event to record, or into a refusal. */

import { checkMonitorKey } from '../../telemetry/monitor-key.ts'
import { type Answer, errorAnswer, noSuchMethod, tooManyRequests, withReason } from '../http/answer.ts'
import type { Ignored } from '../http/ignored-counter.ts'
import { parseTarget, parseTargetLeniently } from '../http/request-target.ts'
import type { KeyRing } from '../http/route-context.ts'
import type { ReceivedEvent } from '../store/event.ts'
import { findOperation } from './find-operation.ts'
import { fitTexts } from './fit-texts.ts'
import { endpointName, type RateLimits } from './rate-limits.ts'
import type { KeyRedactor } from './redact-keys.ts'
import { stampProblem } from './stamp-problem.ts'
import { takeParameters } from './take-parameters.ts'
import { validateParameters } from './telemetry-parameters.ts'

export interface Request {
  readonly method: string
  /** Unchanged from the request line. */
  readonly target: string
  /** The client's address, as http/client.ts gives it. */
  readonly address: string
  /** True for an address of `--relay-address`. */
  readonly isRelay?: boolean
  /** True if it had a body, which was discarded. */
  readonly hasBody?: boolean
}

export type Decision =
  | {
      readonly kind: 'record'
      readonly event: ReceivedEvent
      readonly ignored: readonly Ignored[]
    }
  | { readonly kind: 'refuse'; readonly answer: Answer }

export interface Policy {
  /** True: what the API's description does not have is refused. False: only what belongs to no monitor or has no state. */
  readonly isStrict: boolean
  readonly limits: RateLimits
  /** Undefined if any key is accepted. */
  readonly keys: KeyRing | undefined
  readonly redactor: KeyRedactor
  /** True if events without an API key are accepted. */
  readonly allowAnonymous: boolean
  /** The monotonic clock, in milliseconds. */
  readonly clock: () => number
  /** Milliseconds since 1970. */
  readonly wallClock: () => number
}

/** Never throws. The API key of a request is not part of the result. */
export function requestToEvent(request: Request, policy: Policy): Decision {
  const target = (policy.isStrict ? parseTarget : parseTargetLeniently)(request.target)
  if (target.kind === 'malformed') return refuse(400, target.reason, target.parameter)
  const found = findOperation(request.method, target.segments, policy.isStrict)
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
    const admission = policy.limits.admitUnknownKey(request.address, now)
    const answer = admission.kind === 'refused' ? tooManyRequests(admission) : errorAnswer(403, problem.error)
    return { kind: 'refuse', answer: withReason(answer, problem.reason, monitorKey) }
  }
  const monitorProblem = checkMonitorKey(monitorKey)
  if (monitorProblem !== undefined) return refuse(400, `the monitor key ${monitorProblem}`, 'monitorKey')

  // Before the parameters are checked, so that clients with wrong requests are limited too.
  const address = limitedAddress(apiKey, request, policy)
  const admission = policy.limits.admit(endpointName(apiKey, monitorKey), address, now)
  if (admission.kind === 'refused') {
    return { kind: 'refuse', answer: withReason(tooManyRequests(admission), 'rate_limit', monitorKey) }
  }
  const read = policy.isStrict
    ? validateParameters(found.operation, target.query)
    : takeParameters(found.operation, target.query, found.state)
  if (read.kind === 'invalid') {
    const answer = errorAnswer(400, read.reason, read.parameter)
    return { kind: 'refuse', answer: withReason(answer, 'invalid_parameter', monitorKey) }
  }
  // Before the cut, so that no half of a key remains.
  if (apiKey !== undefined) policy.redactor.remember(apiKey)
  const clean = policy.redactor.fields(read.fields, apiKey === undefined ? [] : [apiKey])
  const { fields, ignored } =
    read.ignored === undefined ? { fields: clean, ignored: [] } : fitTexts(clean, read.ignored)
  const receivedAt = policy.wallClock()
  return {
    kind: 'record',
    event: { receivedAt, monitorKey, ...fields },
    ignored: policy.isStrict
      ? ignored
      : [
          ...ignored,
          ...stampProblem(fields.stamp, receivedAt),
          ...(request.hasBody === true ? [BODY_IGNORED] : []),
        ],
  }
}

/** RFC 9110 gives a body of GET and HEAD no meaning; the API's description says that the body of POST is discarded. */
const BODY_IGNORED: Ignored = { parameter: 'body', reason: 'the API reads only the query' }

interface KeyProblem {
  readonly reason: 'no_key' | 'unknown_key'
  readonly error: string
}

function keyProblem(apiKey: string | undefined, { keys, allowAnonymous }: Policy): KeyProblem | undefined {
  if (apiKey === undefined) {
    const error = 'this server accepts no events without an API key'
    return allowAnonymous ? undefined : { reason: 'no_key', error }
  }
  return keys === undefined || keys.isKnown(apiKey)
    ? undefined
    : { reason: 'unknown_key', error: 'this server does not know the API key' }
}

/**
 * On a server with keys, strangers without one must not use up the budget of those who have one, and no relay lifts their
 * limit. Undefined if the address has no limit.
 */
function limitedAddress(
  apiKey: string | undefined,
  { address, isRelay = false }: Request,
  { keys }: Policy,
): string | undefined {
  if (apiKey === undefined && keys !== undefined) return `without a key: ${address}`
  return isRelay ? undefined : address
}

function refuse(status: number, error: string, parameter?: string): Decision {
  return { kind: 'refuse', answer: errorAnswer(status, error, parameter) }
}
