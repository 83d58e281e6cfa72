/** Writes events to the spool, within a time limit. */

import type { EventFolder } from '../spool/list-events.ts'
import { putEvents } from '../spool/put-events.ts'
import { hasSecretInMonitorKey, redactEvent } from '../spool/redact-event.ts'
import { displayPath } from '../spool/spool.ts'
import type { SpooledEvent } from '../spool/spooled-event.ts'
import { msSinceBoot } from '../system/boot-clock.ts'
import { monotonicMs } from '../system/clock.ts'
import { whileAnswering } from '../system/hung-file-system.ts'
import type { TelemetryEvent } from '../telemetry/event.ts'
import { DROP_MS, dropExcess, LEAST_DROP_MS } from './drop-excess.ts'
import { noAnswer, unwritable } from './notices/spool-warnings.ts'
import type { SpoolKeeper } from './spool-keeper.ts'

/** When an event happened: milliseconds since 1970, and since the boot. */
export interface EventTime {
  readonly at: number
  readonly up: number
}

export interface TimedEvent {
  readonly event: TelemetryEvent
  readonly time: EventTime
}

export function eventTimeNow(): EventTime {
  return { at: Date.now(), up: msSinceBoot() }
}

/** The form of an event in the spool, without secrets. */
export function toSpooled(
  { spool, key, address, settings }: SpoolKeeper,
  event: TelemetryEvent,
  { at, up }: EventTime,
  more: Partial<SpooledEvent> = {},
): SpooledEvent {
  const { boot } = spool.place
  return {
    tries: 0,
    ...more,
    key,
    address,
    occurredAt: at,
    ...(boot !== '' && { up: { boot, ms: up } }),
    event: redactEvent(event, settings.secrets),
  }
}

/** The first `kept` of the events are on disk; `problem` is why the others are not. */
export interface KeptCount {
  readonly kept: number
  readonly problem?: string
}

export interface KeepLimits {
  /** How long this may take, in milliseconds, as `whileAnswering` counts them. */
  readonly withinMs: number
  /** How much of that may go into dropping events that exceed the spool's limits, in milliseconds. */
  readonly dropMs?: number
  /** True if this must end early (`whileAnswering`). */
  readonly isOver?: (passedMs: number) => boolean
}

/** Never rejects. */
export async function keepEvents(
  keeper: SpoolKeeper,
  folder: EventFolder,
  events: readonly SpooledEvent[],
  { withinMs, dropMs = DROP_MS, isOver }: KeepLimits,
): Promise<KeptCount> {
  const { spool, settings } = keeper
  let kept = 0
  if (events.length === 0) return { kept }
  if (events.some(({ event }) => hasSecretInMonitorKey(event, settings.secrets)))
    return { kept, problem: 'the monitor key holds an API key, which is not written to disk' }
  const onPut = (): void => {
    kept += 1
  }
  const end = monotonicMs() + withinMs
  const stop = new AbortController()
  const write = async (): Promise<KeptCount> => {
    try {
      await putEvents(spool, folder, events, { onPut, isNewSeries: keeper.isNewSeries ?? false })
      const dropWithin = Math.min(Math.max(dropMs, LEAST_DROP_MS), DROP_MS, end - monotonicMs())
      await dropExcess(keeper, { withinMs: dropWithin, signal: stop.signal })
      return { kept }
    } catch (error) {
      return { kept, problem: unwritable(spool, error) }
    }
  }
  const written = await whileAnswering(write(), withinMs, isOver)
  stop.abort()
  if (written !== undefined) return written
  return kept === events.length ? { kept } : { kept, problem: noAnswer(displayPath(spool)) }
}
