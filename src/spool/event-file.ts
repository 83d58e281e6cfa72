/** The content of an event's file: JSON with a version, checked when it is read. */

import { ageMs, type BootTime, bootTime, isSettled, isThisBoot } from '../system/boot-clock.ts'
import { type Message, type Metric, STATES, type TelemetryEvent } from '../telemetry/event.ts'
import { MAX_MESSAGE_UNITS } from '../telemetry/message.ts'
import { checkMonitorKey } from '../telemetry/monitor-key.ts'
import { redact } from '../telemetry/redact.ts'
import type { Address, KeyPrint, Spool } from './folders.ts'

export interface SpooledEvent {
  readonly key: KeyPrint
  /** Which address was set when it was kept; `default` unless given. */
  readonly address?: Address | undefined
  /** Milliseconds since 1970, by the wall clock of that moment. */
  readonly occurredAt: number
  /** The same moment by the clock of the boot. */
  readonly up?: BootTime
  readonly event: TelemetryEvent
  /** How often it was sent so far. */
  readonly tries: number
  /** What was wrong the last time. */
  readonly lastProblem?: string
  /** Not to be sent before this, as its last `Retry-After` asks for: milliseconds since 1970. */
  readonly notBefore?: number
  /** The same by the clock of the boot. */
  readonly notBeforeUp?: BootTime
  /** When it was first offered to the API, or seen among the refused ones, in the boot that this names. */
  readonly offered?: BootTime
  /** Set where it was refused: the HTTP status, and what it likely comes from. */
  readonly refused?: { readonly status: number; readonly likelyCause: string }
}

export type ReadEvent =
  | { readonly kind: 'event'; readonly spooled: SpooledEvent }
  /** Of a version of this program that is yet to come, which will know what to do with it. */
  | { readonly kind: 'newer' }
  | { readonly kind: 'damaged'; readonly problem: string }
  /** Somebody else's, as root's in a user's spool. */
  | { readonly kind: 'unreadable'; readonly problem: string }

const VERSION = 1

/** No API key is written to disk: what an event says is redacted; its monitor's key is where it goes, and stays. */
export function withoutSecrets(event: TelemetryEvent, secrets: readonly string[]): TelemetryEvent {
  const clean = (text: string) => redact(text, secrets)
  const { series, host, env, message } = event
  return {
    ...event,
    ...(series !== undefined && { series: clean(series) }),
    ...(host !== undefined && { host: clean(host) }),
    ...(env !== undefined && { env: clean(env) }),
    ...(message !== undefined && { message: shortMessage(message, clean) }),
  }
}

/** Does the part of an event that cannot be redacted hold a key? It then cannot be kept. */
export function holdsSecret({ monitorKey }: TelemetryEvent, secrets: readonly string[]): boolean {
  return redact(monitorKey, secrets) !== monitorKey
}

/** No more than a request can carry is kept, of up to 64 KiB. */
function shortMessage({ output, earlierBytes, reason }: Message, clean: (text: string) => string): Message {
  const text = clean(output)
  let from = Math.max(0, text.length - MAX_MESSAGE_UNITS)
  // Not between the halves of a pair.
  if (/[\udc00-\udfff]/.test(text.charAt(from))) from += 1
  return {
    output: text.slice(from),
    earlierBytes: earlierBytes + Buffer.byteLength(text.slice(0, from)),
    ...(reason !== undefined && { reason: clean(reason) }),
  }
}

export function eventText(spooled: SpooledEvent): string {
  return `${JSON.stringify({ version: VERSION, ...spooled })}\n`
}

export function parseEventText(text: string): ReadEvent {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return damaged('is not whole JSON')
  }
  if (!isObject(json)) return damaged('is not a JSON object')
  const { version, key, address, occurredAt, tries, lastProblem, notBefore, refused } = json
  const [up, notBeforeUp, offered] = [json.up, json.notBeforeUp, json.offered].map(bootTimeFrom)
  if (typeof version === 'number' && version > VERSION) return { kind: 'newer' }
  if (version !== VERSION) return damaged('has no version')
  const event = eventFrom(json.event)
  if (event === undefined) return damaged('holds no event')
  if (typeof key !== 'string' || !isFiniteNumber(occurredAt))
    return damaged('lacks its key print or its time')
  return {
    kind: 'event',
    spooled: {
      key,
      ...(isAddress(address) && { address }),
      occurredAt,
      event,
      tries: isFiniteNumber(tries) ? tries : 0,
      ...(up && { up }),
      ...(notBeforeUp && { notBeforeUp }),
      ...(offered && { offered }),
      ...(typeof lastProblem === 'string' && { lastProblem }),
      ...(isFiniteNumber(notBefore) && { notBefore }),
      ...(isObject(refused) &&
        isFiniteNumber(refused.status) && {
          refused: { status: refused.status, likelyCause: String(refused.likelyCause ?? '') },
        }),
    },
  }
}

export function isAddress(json: unknown): json is Address {
  return json === 'default' || json === 'configured'
}

/** What keeps an event from being sent for some milliseconds from now on. */
export function holdUntil(spool: Spool, ms: number): Pick<SpooledEvent, 'notBefore' | 'notBeforeUp'> {
  const now = bootTime(spool)
  return {
    notBefore: spool.wallClock() + ms,
    ...(now && { notBeforeUp: { ...now, ms: now.ms + ms } }),
  }
}

/**
 * May an event be dropped for its age? Only after it was offered to the API. One of an earlier boot, whose age is told by the
 * wall clock alone, must have been offered in this boot as well, and some time ago: the clock may not be set yet.
 */
export function isExpired(spool: Spool, { occurredAt, up, tries, offered, refused }: SpooledEvent): boolean {
  if (tries === 0 && refused === undefined) return false
  if (ageMs(spool, occurredAt, up) <= spool.maxAgeMs) return false
  return isThisBoot(spool, up) || isSettled(spool, offered)
}

export function bootTimeFrom(json: unknown): BootTime | undefined {
  if (!isObject(json) || typeof json.boot !== 'string' || !isFiniteNumber(json.ms)) return undefined
  return { boot: json.boot, ms: json.ms }
}

/** Undefined where a field is not what it has to be: such an event cannot be sent. */
export function eventFrom(json: unknown): TelemetryEvent | undefined {
  if (!isObject(json)) return undefined
  const { monitorKey, series, host, env, statusCode, metrics, message, stamp } = json
  const state = STATES.find(name => name === json.state)
  if (typeof monitorKey !== 'string' || checkMonitorKey(monitorKey) !== undefined || state === undefined)
    return undefined
  if (![series, host, env].every(text => text === undefined || typeof text === 'string')) return undefined
  if (statusCode !== undefined && !Number.isInteger(statusCode)) return undefined
  if (!Array.isArray(metrics) || !metrics.every(isMetric)) return undefined
  if (message !== undefined && !isMessage(message)) return undefined
  if (stamp !== undefined && !isFiniteNumber(stamp)) return undefined
  return {
    monitorKey,
    state,
    metrics,
    ...(typeof series === 'string' && { series }),
    ...(typeof host === 'string' && { host }),
    ...(typeof env === 'string' && { env }),
    ...(typeof statusCode === 'number' && { statusCode }),
    ...(isMessage(message) && { message }),
    ...(isFiniteNumber(stamp) && { stamp }),
  }
}

function isMetric(json: unknown): json is Metric {
  return (
    isObject(json) &&
    typeof json.name === 'string' &&
    /^[A-Za-z0-9_-]{1,63}$/.test(json.name) &&
    isFiniteNumber(json.value)
  )
}

function isMessage(json: unknown): json is Message {
  return (
    isObject(json) &&
    typeof json.output === 'string' &&
    isFiniteNumber(json.earlierBytes) &&
    (json.reason === undefined || typeof json.reason === 'string')
  )
}

export function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

function isFiniteNumber(json: unknown): json is number {
  return typeof json === 'number' && Number.isFinite(json)
}

function damaged(problem: string): ReadEvent {
  return { kind: 'damaged', problem }
}
