/** Decides on one request: records its event, or says why not. */

import { checkMonitorKey } from '../telemetry/monitor-key.ts'
import { redact } from '../telemetry/redact.ts'
import type { Limits } from './limits.ts'
import { route } from './routes.ts'
import type { Store } from './store.ts'
import { parseTarget } from './target.ts'
import { type EventFields, validate } from './validate.ts'

export interface Request {
  readonly method: string
  /** As it stood in the request line. */
  readonly target: string
  /** Each Host header that was given. */
  readonly hosts: readonly string[]
  /** The client's address. */
  readonly address: string
  /** How many bytes of a body there were; none of them is looked at. */
  readonly bodyBytes: number
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** JSON. Of a failure: `error`, a sentence, and `parameter` where one is to blame. */
  readonly body: string
}

export interface Surroundings {
  readonly limits: Limits
  readonly store: Store
  /** The monotonic clock, in milliseconds. */
  readonly clock: () => number
  /** Milliseconds since 1970. */
  readonly wallClock: () => number
}

export const MAX_TARGET_BYTES = 8 * 1024
export const MAX_BODY_BYTES = 64 * 1024

/** Nothing is thrown for any request. An API key is used to tell endpoints apart and is neither kept nor told. */
export function answer(request: Request, { limits, store, clock, wallClock }: Surroundings): Answer {
  if (Buffer.byteLength(request.target) > MAX_TARGET_BYTES) {
    return refusal(414, `the request target has more than ${MAX_TARGET_BYTES} bytes`)
  }
  const target = parseTarget(request.target)
  if (target.kind === 'malformed') return refusal(400, target.reason, target.parameter)

  // RFC 9112, 3.2: more than one Host is a bad request; the absolute form comes before Host.
  if (request.hosts.length > 1) return refusal(400, 'there is more than one Host header')
  if (!isLoopback(target.authority ?? request.hosts[0]))
    return refusal(403, 'the Host header names another host')

  const found = route(request.method, target.segments)
  switch (found.kind) {
    case 'no-such-path':
      return refusal(404, 'there is no such path')
    case 'no-such-method':
      return refusal(405, 'the path does not take this method', undefined, { allow: found.allow.join(', ') })
    case 'operation':
      break
    default:
      found satisfies never
  }

  if (request.bodyBytes > MAX_BODY_BYTES) {
    return refusal(413, `the body has more than ${MAX_BODY_BYTES} bytes`)
  }
  const wrongKey = checkMonitorKey(found.monitorKey)
  if (wrongKey !== undefined) return refusal(400, `the monitor key ${wrongKey}`, 'monitorKey')

  // Before the parameters are looked at: a client that is wrong all the time is limited too.
  const endpoint = JSON.stringify([found.apiKey ?? null, found.monitorKey])
  const admission = limits.admit(endpoint, request.address, clock())
  if (admission.kind === 'refused') {
    return refusal(429, 'too many requests', undefined, {
      'retry-after': String(admission.retryAfterSeconds),
    })
  }
  const validation = validate(found.operation, target.query)
  if (validation.kind === 'invalid') return refusal(400, validation.reason, validation.parameter)

  store.record({
    receivedAt: wallClock(),
    monitorKey: found.monitorKey,
    ...withoutKey(validation.fields, found.apiKey),
  })
  return { status: 200, headers: {}, body: '{"ok":true}' }
}

/**
 * A page in a browser can point a name of its own at 127.0.0.1 (DNS rebinding) and would then be let in as this
 * host's own; its Host header still carries that name.
 */
function isLoopback(host: string | undefined): boolean {
  return host !== undefined && /^(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?$/i.test(host)
}

function refusal(
  status: number,
  error: string,
  parameter?: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status, headers, body: JSON.stringify({ error, parameter }) }
}

/** What a client sent in spite of all is not to be kept or shown. */
function withoutKey(fields: EventFields, apiKey: string | undefined): EventFields {
  if (apiKey === undefined) return fields
  const clean = (text: string) => redact(text, [apiKey])
  return {
    ...fields,
    ...(fields.series !== undefined && { series: clean(fields.series) }),
    ...(fields.host !== undefined && { host: clean(fields.host) }),
    ...(fields.env !== undefined && { env: clean(fields.env) }),
    ...(fields.message !== undefined && { message: clean(fields.message) }),
  }
}
