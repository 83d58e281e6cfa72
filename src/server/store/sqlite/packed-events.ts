/**
 * Events on their way to the thread of the database: a group is one text, since JSON takes a third of the time that a
 * structured clone of as many objects does.
 */

import type { State } from '../../../telemetry/event.ts'
import type { ReceivedEvent } from '../event.ts'
import { happenedAt } from './happened-at.ts'

type Packed = readonly [
  monitorKey: string,
  state: State,
  receivedAt: number,
  happenedAt: number,
  series: string | null,
  host: string | null,
  env: string | null,
  statusCode: number | null,
  stamp: number | null,
  metrics: string | null,
  duration: number | null,
  message: string | null,
]

/** An event as it is recorded: what was not sent is null. */
export interface Incoming {
  readonly monitorKey: string
  readonly state: State
  /** In whole milliseconds since 1970, as `happenedAt`. */
  readonly receivedAt: number
  readonly happenedAt: number
  readonly series: string | null
  readonly host: string | null
  readonly env: string | null
  readonly statusCode: number | null
  readonly stamp: number | null
  /** JSON. */
  readonly metrics: string | null
  /** In seconds, as it was reported. */
  readonly duration: number | null
  readonly message: string | null
}

export function packEvents(events: readonly ReceivedEvent[]): string {
  return JSON.stringify(events.map(pack))
}

export function unpackEvents(text: string): Incoming[] {
  // Written by packEvents.
  return (JSON.parse(text) as Packed[]).map(unpack)
}

/** As it was before it was stored. */
export function asIncoming(event: ReceivedEvent): Incoming {
  return unpack(pack(event))
}

function pack(event: ReceivedEvent): Packed {
  const { metrics } = event
  return [
    event.monitorKey,
    event.state,
    Math.round(event.receivedAt),
    happenedAt(event),
    event.series ?? null,
    event.host ?? null,
    event.env ?? null,
    event.statusCode ?? null,
    event.stamp ?? null,
    metrics.length === 0 ? null : JSON.stringify(metrics),
    metrics.findLast(({ name, value }) => name === 'duration' && value >= 0)?.value ?? null,
    event.message ?? null,
  ]
}

function unpack(packed: Packed): Incoming {
  const [monitorKey, state, receivedAt, happened, series, host, env, ...rest] = packed
  const [statusCode, stamp, metrics, duration, message] = rest
  const when = { receivedAt, happenedAt: happened }
  return { monitorKey, state, ...when, series, host, env, statusCode, stamp, metrics, duration, message }
}

/** libsql reads text up to the first NUL, and has no form for half a surrogate pair. */
export function storable(event: ReceivedEvent): ReceivedEvent {
  const { series, host, env, message } = event
  if (![series, host, env, message].some(text => text !== undefined && UNSTORABLE.test(text))) return event
  const clean = (text: string) => text.replace(ALL_UNSTORABLE, '\uFFFD')
  return {
    ...event,
    ...(series !== undefined && { series: clean(series) }),
    ...(host !== undefined && { host: clean(host) }),
    ...(env !== undefined && { env: clean(env) }),
    ...(message !== undefined && { message: clean(message) }),
  }
}

const UNSTORABLE = /[\0\p{Surrogate}]/u
const ALL_UNSTORABLE = /[\0\p{Surrogate}]/gu
