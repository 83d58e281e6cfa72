/**
 * A clock that does not jump within a boot, by which the age of what is on disk is told. The wall clock may be years off until
 * it is set, as on a machine without a battery, and may be set at any time.
 */

import { readFileSync } from 'node:fs'
import type { Spool } from '../spool/folders.ts'

/** A moment of one boot of the machine. */
export interface BootTime {
  readonly boot: string
  /** Milliseconds since the boot. */
  readonly ms: number
}

/** What was read is good for so many milliseconds: each reading costs five system calls. */
const READ_MS = 1000

let lastRead: { readonly ms: number; readonly at: number } | undefined

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
export function bootTime(spool: Spool): BootTime | undefined {
  const { boot } = spool.place
  return boot === '' ? undefined : { boot, ms: (spool.bootClock ?? msSinceBoot)() }
}

/** For how long something has been there: by the clock of this boot if it happened in it, else by the wall clock. */
export function ageMs(spool: Spool, wall: number, at: BootTime | undefined): number {
  const now = bootTime(spool)
  if (at === undefined || now?.boot !== at.boot) return spool.wallClock() - wall
  return Math.max(0, now.ms - at.ms)
}

export function isThisBoot(spool: Spool, at: BootTime | undefined): boolean {
  return at !== undefined && at.boot !== '' && at.boot === spool.place.boot
}

/** As long after a boot as this the wall clock has been set, if it ever is: milliseconds. */
const SETTLED_MS = 3_600_000

/**
 * Has something that the wall clock alone calls too old been seen in this boot for long enough? Without a name for the boot
 * there is no second clock to wait for.
 */
export function isSettled(spool: Spool, seen: BootTime | undefined): boolean {
  if (spool.place.boot === '') return true
  return isThisBoot(spool, seen) && ageMs(spool, 0, seen) >= SETTLED_MS
}
