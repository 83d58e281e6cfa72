/** Loads the runs that events may belong to. */

import type { Incoming } from '../../model/incoming.ts'
import type { MonitorTable } from '../monitor-table.ts'
import type { RunTable, SeriesOfMonitor } from './run-table.ts'

/** Loads the runs of these events. Call it first in each transaction that applies events. */
export function loadRuns(
  {
    monitors,
    runs,
  }: { readonly monitors: Pick<MonitorTable, 'find'>; readonly runs: Pick<RunTable, 'load'> },
  events: readonly Incoming[],
): void {
  const wanted: SeriesOfMonitor[] = []
  for (const { monitorKey, env, series } of events) {
    if (series === null) continue
    // A new monitor has no runs yet.
    const monitor = monitors.find(monitorKey, env ?? '')
    if (monitor !== undefined) wanted.push([monitor.id, series])
  }
  runs.load(wanted)
}
