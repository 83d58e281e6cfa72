/** Stores a batch of events in one transaction, with the runs, monitors and changes of health that follow from them. */

import type { FindRule } from '../../monitors/applicable-rule.ts'
import type { ReceivedEvent } from '../event.ts'
import type { NotApplied, RecordedGroup } from '../group-commit.ts'
import { type AppliedTables, applyEvent, monitorOf } from '../model/apply-event.ts'
import { asIncoming, type Incoming } from '../model/incoming.ts'
import type { MonitorRow } from '../model/monitor-row.ts'
import { type BatchMonitors, createBatchMonitors } from './batch-monitors.ts'
import { type BatchRuns, createBatchRuns } from './batch-runs.ts'
import type { Database } from './database.ts'
import { readRules } from './expectations.ts'
import { insertChanges } from './insert-changes.ts'
import { type LoadedBatch, loadBatch, loadOpenRuns } from './load-batch.ts'
import type { WriteTransaction } from './queries.ts'
import { type NewEvent, writeEvents } from './write-events.ts'
import { writeMonitors } from './write-monitors.ts'
import { writeRuns } from './write-runs.ts'

export interface BatchOptions {
  /** How many monitors there may be, each environment counted as one. */
  readonly maxMonitors: number
}

/** If it rejects, no event was stored, or it is not known whether they were: their senders must send them again. */
export function recordBatch(
  { loadAndWrite }: Pick<Database, 'loadAndWrite'>,
  received: readonly ReceivedEvent[],
  options: BatchOptions,
): Promise<RecordedGroup> {
  const events = received.map(asIncoming)
  return loadAndWrite(
    queries => loadBatch(queries, events),
    (transaction, loaded) => applyBatch(transaction, loaded, events, options),
  )
}

async function applyBatch(
  transaction: WriteTransaction,
  loaded: LoadedBatch,
  events: readonly Incoming[],
  { maxMonitors }: BatchOptions,
): Promise<RecordedGroup> {
  const { head } = transaction
  const monitors = createBatchMonitors(
    loaded.monitors,
    await rulesForNew(transaction, loaded, events),
    head,
    maxMonitors,
  )
  const runs = createBatchRuns(loaded, head)
  const stored: NewEvent[] = []
  const ids: (number | NotApplied)[] = []
  for (const event of events) {
    const monitor = monitorOf({ monitors, runs }, event)
    if (monitor === undefined) {
      ids.push('too-many-monitors')
      continue
    }
    if (monitor.isOverrunning) await loadRunning(transaction, runs, monitor)
    const applied = applyOne({ monitors, runs }, monitor, event, head.lastEvent + 1)
    if (applied === undefined) ids.push('repeated')
    else {
      head.lastEvent = applied.id
      stored.push(applied)
      ids.push(applied.id)
    }
  }
  const healthChanged = monitors.healthChanges.length > 0
  await writeAll(transaction, { monitors, runs, stored })
  return { ids, healthChanged }
}

function applyOne(
  tables: AppliedTables & { readonly runs: Pick<BatchRuns, 'ofEvent'> },
  monitor: MonitorRow,
  event: Incoming,
  id: number,
): NewEvent | undefined {
  if (applyEvent(tables, monitor, event, id) === 'repeated') return undefined
  return { id, monitor: monitor.id, event, ofRun: tables.runs.ofEvent(id) }
}

/** Only new monitors need the rules: others have theirs in their rows. */
async function rulesForNew(
  transaction: WriteTransaction,
  { monitors }: LoadedBatch,
  events: readonly Incoming[],
): Promise<FindRule> {
  const known = new Set(monitors.map(({ key, env }) => `${key}\0${env}`))
  const hasNew = events.some(({ monitorKey, env }) => !known.has(`${monitorKey}\0${env ?? ''}`))
  return hasNew ? readRules(transaction) : () => undefined
}

/** It takes a search among the runs as they are by now, and is rare. */
async function loadRunning(
  transaction: WriteTransaction,
  runs: BatchRuns,
  { id }: MonitorRow,
): Promise<void> {
  const written: Promise<unknown>[] = []
  const queryAtEnd: WriteTransaction['queryAtEnd'] = (...statement) => {
    written.push(transaction.query(...statement))
  }
  writeRuns({ queryAtEnd }, runs.takeWritten())
  const [open] = await Promise.all([loadOpenRuns(transaction, id), ...written])
  runs.setOpenRuns(id, open)
}

async function writeAll(
  { head, queryAtEnd }: WriteTransaction,
  {
    monitors,
    runs,
    stored,
  }: {
    readonly monitors: BatchMonitors
    readonly runs: BatchRuns
    readonly stored: readonly NewEvent[]
  },
): Promise<void> {
  writeMonitors({ queryAtEnd }, monitors)
  writeRuns({ queryAtEnd }, runs.takeWritten())
  writeEvents({ queryAtEnd }, stored)
  const query: WriteTransaction['query'] = async (text, values = [], name = '') => {
    queryAtEnd(text, values, name)
    return []
  }
  await insertChanges({ head, query, queryAtEnd }, monitors.healthChanges)
}
