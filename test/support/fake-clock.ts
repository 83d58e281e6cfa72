/** A clock, a sleeper and events for tests of delivery. Time passes only by `advance`. */

import type { Sleep } from '../../src/system/sleep.ts'
import type { TelemetryEvent } from '../../src/telemetry/event.ts'

interface Alarm {
  readonly at: number
  readonly ring: () => void
}

export interface FakeClock {
  readonly now: () => number
  readonly sleep: Sleep
  /** Advances the time. Wakes sleepers in order, and settles promises after each. */
  advance(ms: number): Promise<void>
  /** Advances the time and wakes nobody, as if the process were stopped. */
  skip(ms: number): void
  /** The number of pending sleeps; real ones would keep the process alive. */
  sleepers(): number
}

export function fakeClock(): FakeClock {
  let time = 1000
  let alarms: Alarm[] = []
  const sleep: Sleep = (ms, signal) =>
    new Promise(resolve => {
      if (signal.aborted) return resolve()
      const ring = (): void => {
        alarms = alarms.filter(other => other !== alarm)
        signal.removeEventListener('abort', ring)
        resolve()
      }
      const alarm = { at: time + ms, ring }
      alarms.push(alarm)
      signal.addEventListener('abort', ring)
    })
  return {
    now: () => time,
    sleep,
    skip: ms => {
      time += ms
    },
    sleepers: () => alarms.length,
    advance: async ms => {
      const end = time + ms
      await settleMicrotasks()
      for (;;) {
        const next = alarms.toSorted((a, b) => a.at - b.at).find(alarm => alarm.at <= end)
        if (next === undefined) break
        time = Math.max(time, next.at)
        next.ring()
        await settleMicrotasks()
      }
      time = end
    },
  }
}

/** Settles all promises that can settle. */
export async function settleMicrotasks(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve()
}

export function eventOf(state: TelemetryEvent['state'], more: Partial<TelemetryEvent> = {}): TelemetryEvent {
  return { monitorKey: 'm', state, metrics: [], ...more }
}
