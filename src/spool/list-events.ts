/** Lists the events in a spool by their file names. */

import type { Dirent } from 'node:fs'
import { errorCode } from '../system/errors.ts'
import { closeDir, opendir, readDir, readEntries, stat } from '../system/file-calls.ts'
import { byAge, type EventFileName, parseEventFileName } from './event-file-name.ts'
import { folderOf, type Spool } from './spool.ts'

export type EventFolder = 'queue' | 'rejected'

/** The size of a folder with up to some hundred names. Reading it as a stream would load one more module in each run. */
const SMALL_FOLDER_BYTES = 4096

/**
 * Yields the names in the order of the folder, without keeping all of them in memory: there may be a million. A missing
 * folder has none. `other` is called for each file that is not an event. @throws the system's error if the folder
 * cannot be read
 */
export async function* listEvents(
  spool: Spool,
  folder: EventFolder,
  other?: (file: string) => Promise<void>,
): AsyncGenerator<EventFileName> {
  const path = folderOf(spool, folder)
  try {
    const isSmall = (await stat(path)).size <= SMALL_FOLDER_BYTES
    const entries = isSmall ? await readEntries(path, { withFileTypes: true }) : await streamFolder(path)
    for await (const entry of entries) {
      const parsed = entry.isFile() ? parseEventFileName(entry.name) : undefined
      if (parsed !== undefined) yield parsed
      else await other?.(entry.name)
    }
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
}

async function* streamFolder(path: string): AsyncGenerator<Dirent> {
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

/** The `most` oldest events for which `accept` returns true, oldest first. Once `isOver` returns true, no more names are read. */
export async function oldestEvents(
  spool: Spool,
  folder: EventFolder,
  accept: (name: EventFileName) => boolean,
  most: number,
  isOver: () => boolean = () => false,
): Promise<EventFileName[]> {
  let found: EventFileName[] = []
  /** Names after this one are not among the oldest. */
  let latest: string | undefined
  for await (const name of listEvents(spool, folder)) {
    if (isOver()) break
    if ((latest !== undefined && name.file > latest) || !accept(name)) continue
    found.push(name)
    if (found.length >= 2 * most) {
      found = found.sort(byAge).slice(0, most)
      latest = found.at(-1)?.file
    }
  }
  return found.sort(byAge).slice(0, most)
}
