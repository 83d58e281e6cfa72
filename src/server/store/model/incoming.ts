/** An event as both databases store it. */

import type { Metric, State } from '../../../telemetry/event.ts'
import type { ReceivedEvent } from '../event.ts'
import { happenedAt } from './happened-at.ts'

/** An event as it is stored. Fields that were not sent are null. */
export interface Incoming {
  readonly monitorKey: string
  readonly state: State
  /** In whole milliseconds since 1970, like `happenedAt`. */
  readonly receivedAt: number
  readonly happenedAt: number
  readonly series: string | null
  readonly host: string | null
  readonly env: string | null
  readonly statusCode: number | null
  readonly stamp: number | null
  /** True if `happenedAt` comes from the stamp. */
  readonly isStamped: boolean
  /** JSON. */
  readonly metrics: string | null
  /** The metric `duration`, in seconds. */
  readonly duration: number | null
  readonly message: string | null
}

export function asIncoming(event: ReceivedEvent): Incoming {
  const receivedAt = Math.round(event.receivedAt)
  const happened = happenedAt(event)
  const { stamp = null } = event
  return {
    monitorKey: event.monitorKey,
    state: event.state,
    receivedAt,
    happenedAt: happened,
    series: event.series ?? null,
    host: event.host ?? null,
    env: event.env ?? null,
    statusCode: event.statusCode ?? null,
    stamp,
    isStamped: isStamped(stamp, happened, receivedAt),
    metrics: metricsText(event.metrics),
    duration: durationIn(event.metrics),
    message: event.message ?? null,
  }
}

/** True if `happenedAt` comes from the stamp. */
export function isStamped(stamp: number | null, happenedAt: number, receivedAt: number): boolean {
  return stamp !== null && (happenedAt !== receivedAt || Math.round(stamp * 1000) === receivedAt)
}

/** JSON; null if there are none. */
export function metricsText(metrics: readonly Metric[]): string | null {
  return metrics.length === 0 ? null : JSON.stringify(metrics)
}

/** In seconds. */
export function durationIn(metrics: readonly Metric[]): number | null {
  return metrics.findLast(({ name, value }) => name === 'duration' && value >= 0)?.value ?? null
}

/** Replaces NUL and lone surrogates by U+FFFD: libsql cuts text at a NUL, and cannot encode a lone
 * surrogate; PostgreSQL takes neither. */
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
