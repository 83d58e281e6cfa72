/** The name of an event's file, which says enough to order, count and choose events without opening them. */

import { uniqueWord } from '../system/process-id.ts'
import type { TelemetryEvent } from '../telemetry/event.ts'
import { type Address, type KeyPrint, type Lane, shortHash } from './folders.ts'

export interface EventName {
  readonly file: string
  /** When it happened, or one more than the event before it in its series: milliseconds since 1970. */
  readonly order: number
  /** Events that have to arrive in their order: those of a series, or those of a monitor without one. */
  readonly group: string
  /** The monitor, as the first half of `group`. */
  readonly monitor: string
  readonly key: KeyPrint
  /** Twelve hex digits that tell it from all others. */
  readonly word: string
  /** The file's size when it was first written. */
  readonly bytes: number
  /** Which address was set when it was kept. Earlier versions did not note it: theirs count as `default`. */
  readonly address: Address
}

/** So many digits order as text as they do as numbers until the year 33658. */
const ORDER_DIGITS = 15

const FORM =
  /^(\d{15})-(([0-9a-f]{8})[0-9a-f]{8})-([0-9a-f]{12}|anonymous)-([0-9a-f]{12})-(\d+)(-configured)?\.json$/

export function groupOf({ monitorKey, series }: TelemetryEvent, key: KeyPrint): string {
  return shortHash(`${key} ${monitorKey}`, 8) + shortHash(series === undefined ? '' : `series ${series}`, 8)
}

/** `word`: twelve hex digits. */
export function nameFor(
  order: number,
  group: string,
  key: KeyPrint,
  bytes: number,
  {
    word = uniqueWord(),
    address = 'default',
  }: { readonly word?: string | undefined; readonly address?: Address | undefined } = {},
): string {
  const time = String(Math.max(0, Math.round(order))).padStart(ORDER_DIGITS, '0')
  return `${time}-${group}-${key}-${word}-${bytes}${address === 'default' ? '' : `-${address}`}.json`
}

/** Undefined for what is no event's name. */
export function parseEventName(file: string): EventName | undefined {
  const [, order, group, monitor, key, word, bytes, address] = FORM.exec(file) ?? []
  if (order === undefined || group === undefined || monitor === undefined) return undefined
  if (key === undefined || word === undefined) return undefined
  return {
    file,
    order: Number(order),
    group,
    monitor,
    key,
    word,
    bytes: Number(bytes),
    address: address === undefined ? 'default' : 'configured',
  }
}

/**
 * May an event be sent with this key to this address? What was kept for a configured address never goes to the built-in
 * one: a private relay's events would leave the site. All else may go to either.
 */
export function isFor(name: Pick<EventName, 'key' | 'address'>, lane: Lane): boolean {
  return name.key === lane.key && !isKeptFromDefault(name, lane.address)
}

export function isKeptFromDefault({ address }: Pick<EventName, 'address'>, now: Address): boolean {
  return address === 'configured' && now === 'default'
}

/** Oldest first. */
export function byAge(one: EventName, other: EventName): number {
  return one.file < other.file ? -1 : 1
}
