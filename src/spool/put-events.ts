/** Writes new events to the spool. */

import { join } from 'node:path'
import { syncFolder, writeWhole } from '../system/write-file.ts'
import { formatEventFile } from './event-file.ts'
import { formatEventFileName, seriesIdOf } from './event-file-name.ts'
import { createEventOrder } from './event-order.ts'
import { type EventFolder, listEvents } from './list-events.ts'
import { makeFolder, type Spool } from './spool.ts'
import type { SpooledEvent } from './spooled-event.ts'

export interface PutOptions {
  /** Called with the index of each event once its file is written. The folder is synced after the last one. */
  readonly onPut?: (index: number) => void
  /** True if the spool has no events of these series. The folder, which may be large, is then not read. */
  readonly isNewSeries?: boolean
  /** The `EventFileName.id` of each event. Events that are put again with the same ids can be recognized. */
  readonly ids?: readonly string[]
}

/**
 * Writes and syncs each event, in the given order. Each sorts behind all earlier events of its series, even if the
 * clock was set back.
 *
 * @throws the system's error for the first event that cannot be written; `onPut` was called for the events before it
 */
export async function putEvents(
  spool: Spool,
  folder: EventFolder,
  events: readonly SpooledEvent[],
  { onPut = () => {}, isNewSeries = false, ids }: PutOptions = {},
): Promise<void> {
  if (events.length === 0) return
  const path = await makeFolder(spool, folder)
  const seriesIds = events.map(({ event, key }) => seriesIdOf(event, key))
  const lastOrders = new Map<string, number>()
  for await (const { seriesId, order } of isNewSeries ? [] : listEvents(spool, folder)) {
    if (seriesIds.includes(seriesId)) lastOrders.set(seriesId, Math.max(order, lastOrders.get(seriesId) ?? 0))
  }
  const orderOf = await createEventOrder(spool, events)
  for (const [index, spooled] of events.entries()) {
    const seriesId = seriesIds[index] ?? ''
    const order = Math.max(orderOf(spooled), (lastOrders.get(seriesId) ?? -1) + 1)
    lastOrders.set(seriesId, order)
    const text = formatEventFile(spooled)
    const name = formatEventFileName(order, seriesId, spooled.key, Buffer.byteLength(text), {
      id: ids?.[index],
      address: spooled.address,
    })
    await writeWhole(join(path, name), text)
    onPut(index)
  }
  await syncFolder(path)
}
