/** Builds the HTTP request for an event, with the paths and parameters of the Telemetry API's description. */

import { MAX_MESSAGE_LENGTH, MAX_REQUEST_TARGET_BYTES } from '../telemetry/api-limits.ts'
import { delayMarker, type Late, stampOf } from '../telemetry/delay-marker.ts'
import { encodedLength, encodeForQuery, wellFormed } from '../telemetry/encoded-size.ts'
import type { Destination, Message, Method, TelemetryEvent } from '../telemetry/event.ts'
import { fitMessage } from '../telemetry/fit-message.ts'
import { formatMetric, plainDecimal } from '../telemetry/metric.ts'
import { redact } from '../telemetry/redact.ts'
import type { MessageShare } from './message-share.ts'

export interface TelemetryRequest {
  readonly method: Method
  /** Scheme, host and port, without a trailing slash. */
  readonly origin: string
  /** The request target: base path, encoded path, query. It contains the API key and must never be shown. */
  readonly path: string
}

export interface RequestLimits {
  /** Bytes of the encoded request target. Default: `MAX_REQUEST_TARGET_BYTES`. */
  readonly maxTargetBytes?: number
  /** Default: `full`. */
  readonly message?: MessageShare
  /** Set if the event is sent late. */
  readonly late?: Late | undefined
}

type Parameter = readonly [name: string, value: string]

/**
 * Redacts secrets in the parameters, and shortens the message so that the target fits its limit. Other parts are never
 * shortened: if they exceed the limit, so does the target.
 *
 * @throws TypeError if `destination.baseUrl` is not an absolute URL
 */
export function buildRequest(
  event: TelemetryEvent,
  destination: Destination,
  secrets: readonly string[],
  limits: RequestLimits = {},
): TelemetryRequest {
  const { access } = destination
  const method = access.kind === 'anonymous' ? 'GET' : destination.method
  const base = new URL(destination.baseUrl)
  const prefix = access.kind === 'anonymous' ? '' : `/p/${encode(access.apiKey)}`
  const path = `${base.pathname.replace(/\/+$/, '')}${prefix}/${encode(event.monitorKey)}`

  const isDeclared = (name: string): boolean => isDeclaredFor(name, method, access.kind)
  const { late } = limits
  const stamp = event.stamp === undefined && late?.stamp ? stampOf(late) : undefined
  const others = [...parameters(event), ...(stamp === undefined ? [] : [['stamp', stamp] as const])]
    .filter(([name]) => isDeclared(name))
    .map(([name, value]) => `&${name}=${encodeForQuery(wellFormed(redact(value, secrets)))}`)
    .join('')

  // Not redacted: a key that equals a state, such as `ok`, would hide it.
  const query = `state=${event.state}${others}`

  const room =
    (limits.maxTargetBytes ?? MAX_REQUEST_TARGET_BYTES) - path.length - query.length - '?&message='.length
  const marker = late === undefined ? '' : delayMarker(late)
  const message = messageText(event.message, marker, limits.message ?? 'full', room, secrets)
  const target = `${path}?${query}${message === undefined ? '' : `&message=${encodeForQuery(wellFormed(message))}`}`
  return { method, origin: base.origin, path: target }
}

/** Shows a request in one line: `GET https://…`. A key in the path becomes `[redacted]`, however short it is. */
export function describeRequest(request: TelemetryRequest, secrets: readonly string[]): string {
  const path = secrets
    .filter(secret => secret !== '')
    .reduce((text, secret) => text.replaceAll(`/p/${encode(secret)}/`, '/p/[redacted]/'), request.path)
  return `${request.method} ${redact(request.origin + path, secrets)}`
}

/** The parameters of an event except state and message, in the order in which they are sent. */
function parameters(event: TelemetryEvent): Parameter[] {
  const all: (readonly [string, string | undefined])[] = [
    ['series', event.series],
    ['host', event.host],
    ['env', event.env],
    ['status_code', event.statusCode?.toString()],
    ...event.metrics.map(metric => ['metric', formatMetric(metric)] as const),
    ['stamp', event.stamp === undefined ? undefined : plainDecimal(event.stamp)],
  ]
  return all.filter((parameter): parameter is Parameter => parameter[1] !== undefined)
}

/** The API's description has no host, env and status_code for anonymous events, and no host for HEAD. */
function isDeclaredFor(name: string, method: Method, access: Destination['access']['kind']): boolean {
  if (access === 'anonymous') return name !== 'host' && name !== 'env' && name !== 'status_code'
  return method !== 'HEAD' || name !== 'host'
}

/** The message with `marker` in front, or `marker` alone if the event has no message. */
function messageText(
  message: Message | undefined,
  marker: string,
  share: MessageShare,
  room: number,
  secrets: readonly string[],
): string | undefined {
  if (share === 'none' || (message === undefined && marker === '')) return undefined
  if (encodedLength(marker) > room) return undefined
  const { earlierBytes } = message ?? { earlierBytes: 0 }
  const output = share === 'reason' ? '' : redact(message?.output ?? '', secrets)
  const reason = redact(message?.reason ?? '', secrets)
  const part = share === 'half' ? 2 : 1
  const text = fitMessage(
    { output, earlierBytes, reason },
    {
      maxUnits: Math.floor(MAX_MESSAGE_LENGTH / part) - marker.length,
      maxEncodedBytes: Math.floor(room / part) - encodedLength(marker),
    },
  )
  return text === undefined ? marker.trimEnd() || undefined : marker + text
}

function encode(text: string): string {
  return encodeURIComponent(wellFormed(text))
}
