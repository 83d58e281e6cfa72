/** Checks fields that are read from the spool's JSON files. */

import type { BootTime } from '../system/boot-clock.ts'
import { isObject } from '../system/json-object.ts'
import { type Message, type Metric, STATES, type TelemetryEvent } from '../telemetry/event.ts'
import { checkMonitorKey } from '../telemetry/monitor-key.ts'
import type { AddressKind } from './delivery-scope.ts'

export function parseBootTime(json: unknown): BootTime | undefined {
  if (!isObject(json) || typeof json.boot !== 'string' || !isFiniteNumber(json.ms)) return undefined
  return { boot: json.boot, ms: json.ms }
}

/** Undefined if a field is missing or wrong: such an event cannot be sent. */
export function parseTelemetryEvent(json: unknown): TelemetryEvent | undefined {
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

export function isFiniteNumber(json: unknown): json is number {
  return typeof json === 'number' && Number.isFinite(json)
}

export function isAddressKind(json: unknown): json is AddressKind {
  return json === 'default' || json === 'configured'
}
