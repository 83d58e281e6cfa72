/** Changes events that are in the spool. */

import { join } from 'node:path'
import { errorCode } from '../system/errors.ts'
import { rename, unlink } from '../system/file-calls.ts'
import { syncFolder, writeWhole } from '../system/write-file.ts'
import { formatEventFile } from './event-file.ts'
import { type EventFileName, formatEventFileName, seriesIdOf } from './event-file-name.ts'
import type { EventFolder } from './list-events.ts'
import { folderOf, makeFolder, type Spool } from './spool.ts'
import type { SpooledEvent } from './spooled-event.ts'
/**
 * Makes an event one of another key: under a new name, since a name tells whose an event is, and in its old place in the order.
 * It is never gone; for a moment it may be there twice. @throws the system's error
 */
export async function rekeyEvent(
  spool: Spool,
  name: EventFileName,
  from: EventFolder,
  spooled: SpooledEvent,
): Promise<void> {
  const target = await makeFolder(spool, 'queue')
  const text = formatEventFile(spooled)
  const seriesId = seriesIdOf(spooled.event, spooled.key)
  const file = formatEventFileName(name.order, seriesId, spooled.key, Buffer.byteLength(text), {
    id: name.id,
    address: name.address,
  })
  await writeWhole(join(target, file), text)
  await removeEvent(spool, from, name)
}

/** Writes an event anew, unless it was dropped meanwhile. @throws the system's error */
export async function rewriteEvent(
  spool: Spool,
  { file }: EventFileName,
  spooled: SpooledEvent,
  folder: EventFolder = 'queue',
): Promise<void> {
  try {
    await writeWhole(join(folderOf(spool, folder), file), formatEventFile(spooled), { onlyOver: true })
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
}

/** True where it was there. @throws the system's other errors */
export async function removeEvent(
  spool: Spool,
  folder: EventFolder,
  { file }: EventFileName,
): Promise<boolean> {
  try {
    await unlink(join(folderOf(spool, folder), file))
    return true
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw error
  }
}

/**
 * From one folder to the other, with new content. It is never in neither; for a moment it may be in both. One that was
 * dropped meanwhile stays so.
 */
export async function moveEvent(
  spool: Spool,
  name: EventFileName,
  from: EventFolder,
  spooled: SpooledEvent,
): Promise<void> {
  const to = from === 'queue' ? 'rejected' : 'queue'
  const target = await makeFolder(spool, to)
  await writeWhole(join(target, name.file), formatEventFile(spooled))
  await syncFolder(target)
  if (!(await removeEvent(spool, from, name))) await removeEvent(spool, to, name)
}

/** Sets a file aside that cannot be read, for a person to look at. Its name then no longer ends in `.json`. */
export async function setAside(spool: Spool, folder: EventFolder | 'runs', file: string): Promise<void> {
  const target = await makeFolder(spool, 'damaged')
  await rename(join(folderOf(spool, folder), file), join(target, `${file}.damaged`))
}
