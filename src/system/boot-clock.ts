/**
 * A clock that does not jump within a boot, for the age of files. The wall clock may be years off until
 * it is set, as on a machine without a battery, and may be set at any time.
 */

import { readFileSync } from 'node:fs'
import type { Place } from './process-id.ts'

/** A moment of one boot of the machine. */
export interface BootTime {
  readonly boot: string
  /** Milliseconds since the boot. */
  readonly ms: number
}

/** What was read is good for so many milliseconds: each reading costs five system calls. */
const READ_MS = 1000

let lastRead: { readonly ms: number; readonly at: number } | undefined

/** The clocks of what is on disk, and the boot that they are asked in. */
export interface Clocks {
  readonly place: Pick<Place, 'boot'>
  /** Milliseconds since 1970. */
  readonly wallClock: () => number
  /** Milliseconds since the boot; the system's unless given. */
  readonly bootClock?: () => number
}

/** Time in which the machine sleeps counts (proc_uptime(5)); without /proc it may not. */
export function msSinceBoot(): number {
  const [seconds, nanoseconds] = process.hrtime()
  const at = seconds * 1000 + nanoseconds / 1e6
  if (lastRead === undefined || at - lastRead.at >= READ_MS) lastRead = { ms: readUptime() ?? at, at }
  return Math.round(lastRead.ms + at - lastRead.at)
}

function readUptime(): number | undefined {
  try {
    const seconds = Number.parseFloat(readFileSync('/proc/uptime', 'latin1'))
    return seconds >= 0 ? seconds * 1000 : undefined
  } catch {
    // Not Linux.
    return undefined
  }
}

/** Undefined if the system has no name for its boot (macOS): then the wall clock is all there is. */
export function bootTime(clocks: Clocks): BootTime | undefined {
  const { boot } = clocks.place
  return boot === '' ? undefined : { boot, ms: (clocks.bootClock ?? msSinceBoot)() }
}

/** For how long something has been there: by the clock of this boot if it happened in it, else by the wall clock. */
export function ageMs(clocks: Clocks, wall: number, at: BootTime | undefined): number {
  const now = bootTime(clocks)
  if (at === undefined || now?.boot !== at.boot) return clocks.wallClock() - wall
  return Math.max(0, now.ms - at.ms)
}

export function isThisBoot(clocks: Clocks, at: BootTime | undefined): boolean {
  return at !== undefined && at.boot !== '' && at.boot === clocks.place.boot
}

/** As long after a boot as this the wall clock has been set, if it ever is: milliseconds. */
const SETTLED_MS = 3_600_000

/**
 * Has something that the wall clock alone calls too old been seen in this boot for long enough? Without a name for the boot
 * there is no second clock to wait for.
 */
export function isSettled(clocks: Clocks, seen: BootTime | undefined): boolean {
  if (clocks.place.boot === '') return true
  return isThisBoot(clocks, seen) && ageMs(clocks, 0, seen) >= SETTLED_MS
}
