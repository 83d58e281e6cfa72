/** What events have changed in the row of a monitor since it was read. */

import type { CountedEvent } from './apply-event.ts'
import type { MonitorRow } from './monitor-row.ts'

export interface MonitorChange {
  row: MonitorRow
  lastEventAt: number | null
  /** The id of the last counted event; 0 if there is none. */
  lastEvent: number
  readonly events: { run: number; complete: number; fail: number; ok: number }
  readonly runs: { complete: number; failed: number }
}

export function newMonitorChange(row: MonitorRow): MonitorChange {
  return {
    row,
    lastEventAt: null,
    lastEvent: 0,
    events: { run: 0, complete: 0, fail: 0, ok: 0 },
    runs: { complete: 0, failed: 0 },
  }
}

export function countEvent(change: MonitorChange, { id, state, ended, receivedAt }: CountedEvent): void {
  change.lastEvent = id
  change.events[state] += 1
  if (ended !== undefined) change.runs[ended] += 1
  change.lastEventAt = Math.max(change.lastEventAt ?? 0, Math.round(receivedAt))
}
