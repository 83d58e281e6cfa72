/**
 * A clock that does not jump while the machine runs, for the age of files. The wall clock may be years off until it is
 * set (on a machine without a battery, for example), and can be set at any time.
 */

import { readFileSync } from 'node:fs'
import type { Place } from './process-id.ts'

/** A time, by the clock of one boot of the machine. */
export interface BootTime {
  readonly boot: string
  /** Milliseconds since the boot. */
  readonly ms: number
}

/** How long a reading is used again, in milliseconds: each reading takes five system calls. */
const READ_MS = 1000

let lastRead: { readonly ms: number; readonly at: number } | undefined

/** The clocks for the age of files, and the boot in which they are read. */
export interface Clocks {
  readonly place: Pick<Place, 'boot'>
  /** Milliseconds since 1970. */
  readonly wallClock: () => number
  /** Milliseconds since the boot; default: the system's clock. */
  readonly bootClock?: () => number
}

/** Includes the time in which the machine sleeps (proc_uptime(5)); without /proc it may not. */
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
    // The system is not Linux.
    return undefined
  }
}

/** Undefined if the system has no id for its boot (macOS). Then only the wall clock can be used. */
export function bootTime(clocks: Clocks): BootTime | undefined {
  const { boot } = clocks.place
  return boot === '' ? undefined : { boot, ms: (clocks.bootClock ?? msSinceBoot)() }
}

/** The age of something: by the clock of the boot if it happened in this boot, else by the wall clock. */
export function ageMs(clocks: Clocks, wall: number, at: BootTime | undefined): number {
  const now = bootTime(clocks)
  if (at === undefined || now?.boot !== at.boot) return clocks.wallClock() - wall
  return Math.max(0, now.ms - at.ms)
}

export function isThisBoot(clocks: Clocks, at: BootTime | undefined): boolean {
  return at !== undefined && at.boot !== '' && at.boot === clocks.place.boot
}

/** After this time in a boot, the wall clock is taken to be set, in milliseconds. */
const SETTLED_MS = 3_600_000

/**
 * True if something that is too old by the wall clock was first seen long enough ago in this boot. Always true if the
 * boot has no id, because then there is no second clock.
 */
export function isSettled(clocks: Clocks, seen: BootTime | undefined): boolean {
  if (clocks.place.boot === '') return true
  return isThisBoot(clocks, seen) && ageMs(clocks, 0, seen) >= SETTLED_MS
}
