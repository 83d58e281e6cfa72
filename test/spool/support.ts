/** A spool in a folder of the test's own, and events for it. */

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { oldestEvents } from '../../src/spool/list-events.ts'
import { readEvent } from '../../src/spool/read-event.ts'
import type { Spool } from '../../src/spool/spool.ts'
import type { SpooledEvent } from '../../src/spool/spooled-event.ts'
import { lockHolder as holderNow, type LockHolder } from '../../src/system/lock.ts'
import { placeOfThisProcess } from '../../src/system/process-id.ts'
import type { TelemetryEvent } from '../../src/telemetry/event.ts'
import { tempDir } from '../support/temp.ts'

export const KEY_PRINT = '0123456789ab'

/** The time of all spools here, unless a test says otherwise: milliseconds since 1970. */
export const NOW = 1_790_000_000_000

export function spoolForTest(more: Partial<Spool> = {}): Spool {
  return {
    folder: join(tempDir('spool'), 'spool'),
    maxAgeMs: 7 * 86_400_000,
    maxBytes: 64 * 1024 * 1024,
    place: placeOfThisProcess(),
    wallClock: () => NOW,
    ...more,
  }
}

export function spooledOf(
  state: TelemetryEvent['state'],
  more: Partial<SpooledEvent> = {},
  event: Partial<TelemetryEvent> = {},
): SpooledEvent {
  return {
    key: KEY_PRINT,
    occurredAt: NOW,
    tries: 0,
    event: { monitorKey: 'm', series: 's', state, metrics: [], ...event },
    ...more,
  }
}

/** The names in a folder of the spool, sorted; none where it is not there. */
export function filesIn(spool: Spool, folder: string): string[] {
  try {
    return readdirSync(join(spool.folder, folder)).sort()
  } catch {
    return []
  }
}

/** The states of the events in a folder of the spool, oldest first. */
export async function statesIn(spool: Spool, folder: 'queue' | 'rejected' = 'queue'): Promise<string[]> {
  const states: string[] = []
  for (const name of await oldestEvents(spool, folder, () => true, 1000)) {
    const read = await readEvent(spool, folder, name)
    states.push(read?.kind === 'event' ? read.spooled.event.state : String(read?.kind))
  }
  return states
}

/** Who has the lock; undefined where nobody has. */
export function lockHolder(path: string, place = placeOfThisProcess()): LockHolder | undefined {
  return holderNow(path, place)
}
