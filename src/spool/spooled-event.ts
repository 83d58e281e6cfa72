/** An event in the spool. */

import { ageMs, type BootTime, bootTime, isSettled, isThisBoot } from '../system/boot-clock.ts'
import type { TelemetryEvent } from '../telemetry/event.ts'
import type { AddressKind, KeyFingerprint } from './delivery-scope.ts'
import type { Spool } from './spool.ts'

export interface SpooledEvent {
  readonly key: KeyFingerprint
  /** Which address was set when it was kept; `default` unless given. */
  readonly address?: AddressKind | undefined
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

/** What keeps an event from being sent for some milliseconds from now on. */
export function notBeforeIn(spool: Spool, ms: number): Pick<SpooledEvent, 'notBefore' | 'notBeforeUp'> {
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
