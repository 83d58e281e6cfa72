/** The events in a spool: put, listed, read, and moved between the queue and the refused ones. */

import type { Dirent } from 'node:fs'
import { errorCode } from '../system/errors.ts'
import { closeDir, opendir, readDir, readEntries, stat } from '../system/file-calls.ts'
import { byAge, type EventFileName, parseEventFileName } from './event-file-name.ts'
import { folderOf, type Spool } from './spool.ts'

export type EventFolder = 'queue' | 'rejected'

/** What a folder takes by itself for up to some hundred names. To read it as a stream costs each run a module more. */
const SMALL_FOLDER_BYTES = 4096

/**
 * The names of events, in no order, as the folder gives them: a million are never in memory at once. A folder that is
 * not there holds none. `other` is called for what is no event's. @throws the system's error where it cannot be read
 */
export async function* listEvents(
  spool: Spool,
  folder: EventFolder,
  other?: (file: string) => Promise<void>,
): AsyncGenerator<EventFileName> {
  const path = folderOf(spool, folder)
  try {
    const isSmall = (await stat(path)).size <= SMALL_FOLDER_BYTES
    const entries = isSmall ? await readEntries(path, { withFileTypes: true }) : await listFolder(path)
    for await (const entry of entries) {
      const parsed = entry.isFile() ? parseEventFileName(entry.name) : undefined
      if (parsed !== undefined) yield parsed
      else await other?.(entry.name)
    }
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
}

async function* listFolder(path: string): AsyncGenerator<Dirent> {
  const folder = await opendir(path, { bufferSize: 1024 })
  try {
    for (;;) {
      const entry = await readDir(folder)
      if (entry === null) return
      yield entry
    }
  } finally {
    await closeDir(folder)
  }
}

/** The oldest `most` of those that `accept` takes, oldest first. Once `isOver`, of those that were seen by then. */
export async function oldestEvents(
  spool: Spool,
  folder: EventFolder,
  accept: (name: EventFileName) => boolean,
  most: number,
  isOver: () => boolean = () => false,
): Promise<EventFileName[]> {
  let found: EventFileName[] = []
  /** Names behind this one are too young already. */
  let limit: string | undefined
  for await (const name of listEvents(spool, folder)) {
    if (isOver()) break
    if ((limit !== undefined && name.file > limit) || !accept(name)) continue
    found.push(name)
    if (found.length >= 2 * most) {
      found = found.sort(byAge).slice(0, most)
      limit = found.at(-1)?.file
    }
  }
  return found.sort(byAge).slice(0, most)
}
