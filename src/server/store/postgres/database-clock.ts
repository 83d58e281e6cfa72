/**
 * The clock of the database, which all servers share, as this server knows it. The clock of a host may be wrong by an hour:
 * it is not used. Between two samples, time passes by the monotonic clock.
 */

export interface ClockSample {
  /** When the database was asked, and when its answer came, by the monotonic clock, in milliseconds. */
  readonly askedAt: number
  readonly answeredAt: number
  /** The clock of the database in between, in milliseconds since 1970. */
  readonly databaseMs: number
}

export interface DatabaseClock {
  readonly add: (sample: ClockSample) => void
  /** Milliseconds since 1970, as whole ones. Off by half the fastest answer of the last minutes at most. */
  readonly now: () => number
}

/** How far two good quartz clocks may drift apart: 100 ppm. */
const DRIFT = 1e-4

/** The difference between the two clocks lies between these. */
interface Bounds {
  readonly low: number
  readonly high: number
  /** By the monotonic clock, in milliseconds. */
  readonly at: number
}

/** `clock` is monotonic, in milliseconds. */
export function createDatabaseClock(first: ClockSample, clock: () => number): DatabaseClock {
  let bounds = boundsOf(first)
  return {
    add: sample => {
      const next = boundsOf(sample)
      const drift = Math.max(0, next.at - bounds.at) * DRIFT
      const low = Math.max(next.low, bounds.low - drift)
      const high = Math.min(next.high, bounds.high + drift)
      // Otherwise one of the two was set, or this machine was suspended, or another host is the database now.
      bounds = low <= high ? { low, high, at: next.at } : next
    },
    now: () => Math.round(clock() + (bounds.low + bounds.high) / 2),
  }
}

function boundsOf({ askedAt, answeredAt, databaseMs }: ClockSample): Bounds {
  return { low: databaseMs - answeredAt, high: databaseMs - askedAt, at: answeredAt }
}
