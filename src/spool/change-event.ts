/** Rewrites, moves and removes events that are in the spool. */

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
 * Gives an event another key, and thereby another file name, and puts it into the queue. Its place in the order stays
 * the same. It is always on disk, for a short time twice. @throws the system's error
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

/** Replaces the content of an event's file, unless the file was removed meanwhile. @throws the system's error */
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

/** False if the file was gone already. @throws the system's other errors */
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
 * Moves an event from one folder to the other, with new content. If it was removed meanwhile, nothing is done. At each moment
 * it is in one of the folders: another process may move it back at once, under the same name.
 *
 * @throws the system's error
 */
export async function moveEvent(
  spool: Spool,
  name: EventFileName,
  from: EventFolder,
  spooled: SpooledEvent,
): Promise<void> {
  const target = await makeFolder(spool, from === 'queue' ? 'rejected' : 'queue')
  const source = join(folderOf(spool, from), name.file)
  try {
    await writeWhole(source, formatEventFile(spooled), { onlyOver: true })
    await rename(source, join(target, name.file))
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
  await syncFolder(target)
}

/**
 * Moves a file that cannot be parsed to the folder `damaged`, where a person can examine it. Appends `.damaged` to its
 * name.
 */
export async function setAside(spool: Spool, folder: EventFolder | 'runs', file: string): Promise<void> {
  const target = await makeFolder(spool, 'damaged')
  await rename(join(folderOf(spool, folder), file), join(target, `${file}.damaged`))
}
