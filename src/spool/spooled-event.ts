/** An event in the spool, and what its times mean. */

import { MAX_RETRY_AFTER_MS } from '../client/retry-after.ts'
import { ageMs, type BootTime, bootTime, isSettled, isThisBoot } from '../system/boot-clock.ts'
import type { TelemetryEvent } from '../telemetry/event.ts'
import type { AddressKind, KeyFingerprint } from './delivery-scope.ts'
import type { Spool } from './spool.ts'

export interface SpooledEvent {
  readonly key: KeyFingerprint
  /** The address that was set when the event was put; undefined means `default`. */
  readonly address?: AddressKind | undefined
  /** When the event happened, by the wall clock at that time: milliseconds since 1970. */
  readonly occurredAt: number
  /** When the event happened, by the clock of the boot. */
  readonly up?: BootTime
  readonly event: TelemetryEvent
  /** How often it was sent. */
  readonly tries: number
  /** Why the last attempt failed. */
  readonly lastProblem?: string
  /** When the last `Retry-After` of the event is over: milliseconds since 1970. */
  readonly notBefore?: number
  /** The same, by the clock of the boot. */
  readonly notBeforeUp?: BootTime
  /** When the event was first sent, or first seen among the refused events, in the boot that it names. */
  readonly offered?: BootTime
  /** Set if the API has refused the event. */
  readonly refused?: { readonly status: number; readonly likelyCause: string }
  /** True if it was refused, and `cronitor spool retry` has put it back into the queue. */
  readonly putBack?: boolean
}

/** The event as it is written after a `Retry-After` of `ms` milliseconds. */
export function notBeforeIn(spool: Spool, ms: number): Pick<SpooledEvent, 'notBefore' | 'notBeforeUp'> {
  const now = bootTime(spool)
  return {
    notBefore: spool.wallClock() + ms,
    ...(now && { notBeforeUp: { ...now, ms: now.ms + ms } }),
  }
}

/**
 * Milliseconds until the last `Retry-After` of an event is over, whichever process got it; 0 if there is none, or if it
 * is over. A time that is further away than any `Retry-After` does not count: the wall clock was set back.
 */
export function retryAfterLeftMs(spool: Spool, { notBefore = 0, notBeforeUp }: SpooledEvent): number {
  const now = bootTime(spool)
  const isComparable = notBeforeUp !== undefined && now !== undefined && isThisBoot(spool, notBeforeUp)
  const ms = isComparable ? notBeforeUp.ms - now.ms : notBefore - spool.wallClock()
  return ms > 0 && ms <= MAX_RETRY_AFTER_MS ? ms : 0
}

/** The event with the time in this boot at which it was first offered to the API. */
export function noteOffered(spool: Spool, spooled: SpooledEvent): SpooledEvent {
  const now = bootTime(spool)
  return now === undefined || isThisBoot(spool, spooled.offered) ? spooled : { ...spooled, offered: now }
}

/**
 * True if an event may be dropped because of its age. It must have been offered to the API. The age of an event from an
 * earlier boot is only known by the wall clock, which may not be set yet: such an event must also have been offered
 * some time ago in this boot.
 */
export function isExpired(spool: Spool, { occurredAt, up, tries, offered, refused }: SpooledEvent): boolean {
  if (tries === 0 && refused === undefined) return false
  if (ageMs(spool, occurredAt, up) <= spool.maxAgeMs) return false
  return isThisBoot(spool, up) || isSettled(spool, offered)
}
