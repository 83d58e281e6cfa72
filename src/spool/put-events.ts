/** Puts events into the spool. */

import { join } from 'node:path'
import { syncFolder, writeWhole } from '../system/write-file.ts'
import { formatEventFile } from './event-file.ts'
import { formatEventFileName, seriesIdOf } from './event-file-name.ts'
import { createEventOrder } from './event-order.ts'
import { type EventFolder, listEvents } from './list-events.ts'
import { makeFolder, type Spool } from './spool.ts'
import type { SpooledEvent } from './spooled-event.ts'
export interface PutOptions {
  /** Called with the index of each that is safe. */
  readonly onPut?: (index: number) => void
  /** There are no events of their series. */
  readonly isNewSeries?: boolean
  /** For each, the id that its name is to have (`EventName.id`), so that one that was put before can be told. */
  readonly ids?: readonly string[]
}

/**
 * Puts events into a folder, each durably and in the order given. Within a series each is named later than all that
 * are there, also where the clock was set back. `isNewSeries`: there are none, and the folder, which may be a large one, need
 * not be looked through.
 *
 * @throws the system's error at the first that cannot be written; `onPut` has been called for those before it
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
  const last = new Map<string, number>()
  for await (const { seriesId, order } of isNewSeries ? [] : listEvents(spool, folder)) {
    if (seriesIds.includes(seriesId)) last.set(seriesId, Math.max(order, last.get(seriesId) ?? 0))
  }
  const orderOf = await createEventOrder(spool, events)
  for (const [index, spooled] of events.entries()) {
    const seriesId = seriesIds[index] ?? ''
    const order = Math.max(orderOf(spooled), (last.get(seriesId) ?? -1) + 1)
    last.set(seriesId, order)
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
