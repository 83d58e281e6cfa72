/** Looks for earlier events of a series in the spool. The API must get them first. */

import type { EventResult } from '../client/event-result.ts'
import { isInScope } from '../spool/delivery-scope.ts'
import { seriesIdOf } from '../spool/event-file-name.ts'
import { oldestEvents } from '../spool/list-events.ts'
import type { TelemetryEvent } from '../telemetry/event.ts'
import type { SpoolKeeper } from './spool-keeper.ts'

/** False if the queue cannot be read: the event is sent then. Never rejects. */
export async function hasEarlierEvents(
  { spool, ...scope }: SpoolKeeper,
  event: TelemetryEvent,
): Promise<boolean> {
  const seriesId = seriesIdOf(event, scope.key)
  try {
    const found = await oldestEvents(
      spool,
      'queue',
      name => name.seriesId === seriesId && isInScope(name, scope),
      1,
    )
    return found.length > 0
  } catch {
    return false
  }
}

/** Why such an event was not sent. */
export const BEHIND_EARLIER = 'earlier events have to be delivered first'

export function behindEarlier(event: TelemetryEvent): EventResult {
  return { kind: 'undelivered', event, lastProblem: BEHIND_EARLIER, tries: 0 }
}
