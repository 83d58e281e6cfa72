/** The name of an event's file, which says enough to order, count and choose events without opening them. */

import { uniqueWord } from '../system/process-id.ts'
import type { TelemetryEvent } from '../telemetry/event.ts'
import type { AddressKind, KeyFingerprint } from './delivery-scope.ts'
import { shortHash } from './short-hash.ts'

export interface EventFileName {
  readonly file: string
  /** When it happened, or one more than the event before it in its series: milliseconds since 1970. */
  readonly order: number
  /** Events that have to arrive in their order: those of a series, or those of a monitor without one. */
  readonly seriesId: string
  /** The monitor, as the first half of `seriesId`. */
  readonly monitorId: string
  readonly key: KeyFingerprint
  /** Twelve hex digits that tell it from all others. */
  readonly id: string
  /** The file's size when it was first written. */
  readonly bytes: number
  /** Which address was set when it was kept. Earlier versions did not note it: theirs count as `default`. */
  readonly address: AddressKind
}

/** So many digits order as text as they do as numbers until the year 33658. */
const ORDER_DIGITS = 15

const FORM =
  /^(\d{15})-(([0-9a-f]{8})[0-9a-f]{8})-([0-9a-f]{12}|anonymous)-([0-9a-f]{12})-(\d+)(-configured)?\.json$/

export function seriesIdOf({ monitorKey, series }: TelemetryEvent, key: KeyFingerprint): string {
  return shortHash(`${key} ${monitorKey}`, 8) + shortHash(series === undefined ? '' : `series ${series}`, 8)
}

/** `id`: twelve hex digits. */
export function formatEventFileName(
  order: number,
  seriesId: string,
  key: KeyFingerprint,
  bytes: number,
  {
    id = uniqueWord(),
    address = 'default',
  }: { readonly id?: string | undefined; readonly address?: AddressKind | undefined } = {},
): string {
  const time = String(Math.max(0, Math.round(order))).padStart(ORDER_DIGITS, '0')
  return `${time}-${seriesId}-${key}-${id}-${bytes}${address === 'default' ? '' : `-${address}`}.json`
}

/** Undefined for what is no event's name. */
export function parseEventFileName(file: string): EventFileName | undefined {
  const [, order, seriesId, monitorId, key, id, bytes, address] = FORM.exec(file) ?? []
  if (order === undefined || seriesId === undefined || monitorId === undefined) return undefined
  if (key === undefined || id === undefined) return undefined
  return {
    file,
    order: Number(order),
    seriesId,
    monitorId,
    key,
    id,
    bytes: Number(bytes),
    address: address === undefined ? 'default' : 'configured',
  }
}

/** Oldest first. */
export function byAge(one: EventFileName, other: EventFileName): number {
  return one.file < other.file ? -1 : 1
}
