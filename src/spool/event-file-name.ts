/** The name of an event's file. It holds what is needed to sort, count and choose events without opening them. */

import { uniqueWord } from '../system/process-id.ts'
import { shortHash } from '../system/short-hash.ts'
import type { TelemetryEvent } from '../telemetry/event.ts'
import type { AddressKind, KeyFingerprint } from './delivery-scope.ts'

export interface EventFileName {
  readonly file: string
  /**
   * When the event happened, in milliseconds since 1970. At least 1 more than for the event before it in its series.
   */
  readonly order: number
  /**
   * The same for all events that must arrive in order: those of one series, or those of one monitor without a series.
   */
  readonly seriesId: string
  /** The first half of `seriesId`. */
  readonly monitorId: string
  readonly key: KeyFingerprint
  /** Twelve hex digits, unique to the event. */
  readonly id: string
  /** The file's size when it was first written. */
  readonly bytes: number
  /** The address that was set when the event was put. Files of earlier versions do not say it and count as `default`. */
  readonly address: AddressKind
}

/** With a fixed number of digits, text sorts as numbers do. 15 digits last until the year 33658. */
const ORDER_DIGITS = 15

const FORM =
  /^(\d{15})-(([0-9a-f]{8})[0-9a-f]{8})-([0-9a-f]{12}|anonymous)-([0-9a-f]{12})-(\d+)(-configured)?\.json$/

export function seriesIdOf({ monitorKey, series }: TelemetryEvent, key: KeyFingerprint): string {
  return shortHash(`${key} ${monitorKey}`, 8) + shortHash(series === undefined ? '' : `series ${series}`, 8)
}

/** @param bytes the size of the file */
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

/** Undefined if it is not the name of an event's file. */
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
