/** Keeps a spool within its bounds: what is too old goes, and past the size the oldest goes first. */

import { join } from 'node:path'
import { byAge, type EventName } from './event-name.ts'
import { readdir, stat, unlink } from './files.ts'
import { folderOf, type Spool, type SpoolFolder } from './folders.ts'
import { type EventFolder, eventNames, oldestEvents, removeEvent } from './queue.ts'
import { UNFINISHED } from './write-file.ts'

export interface Dropped {
  readonly tooOld: number
  /** How many went because of the size. */
  readonly tooMany: number
}

/** What a file takes of the disk at the least, in bytes: file systems give it whole blocks, most of them of this size. */
const BLOCK = 4096

/** A file that nobody has finished for this long never will be, in milliseconds. */
const UNFINISHED_MS = 3_600_000

type Placed = EventName & { readonly folder: EventFolder }

/** So many are looked at in one go, of however many there are: a million names are never in memory at once. */
const BATCH = 20_000

/** So many go in any case: to read the names alone may take all the time that there is, each time anew. */
const FEWEST = 1000

/**
 * Waiting and refused events count together. The size is what the files take of the disk, in whole blocks, by the
 * sizes in their names. Where there is much to drop, the rest is left to the next time once `isOver` says so.
 *
 * @throws the system's error where the spool cannot be read or written to
 */
export async function keepBounds(spool: Spool, isOver: () => boolean = () => false): Promise<Dropped> {
  for (const folder of [...FOLDERS, 'runs'] as const)
    await removeOld(spool, folder, UNFINISHED_MS, file => file.startsWith(UNFINISHED))
  await removeOld(spool, 'damaged', spool.maxAgeMs, () => true)
  const oldest = spool.wallClock() - spool.maxAgeMs
  let bytes = 0
  let tooOld = 0
  for (const folder of FOLDERS) {
    for await (const name of eventNames(spool, folder)) {
      if (name.order >= oldest || (tooOld >= FEWEST && isOver())) bytes += diskBytes(name)
      else if (await removeEvent(spool, folder, name)) tooOld += 1
    }
  }
  let tooMany = 0
  const isEnough = () => tooOld + tooMany >= FEWEST && isOver()
  while (bytes > spool.maxBytes && !isEnough()) {
    const batch: Placed[] = []
    for (const folder of FOLDERS) {
      for (const name of await oldestEvents(spool, folder, () => true, BATCH)) batch.push({ ...name, folder })
    }
    if (batch.length === 0) break
    for (const name of batch.sort(byAge).slice(0, BATCH)) {
      if (bytes <= spool.maxBytes || isEnough()) break
      if (await removeEvent(spool, name.folder, name)) tooMany += 1
      bytes -= diskBytes(name)
    }
  }
  return { tooOld, tooMany }
}

const FOLDERS: readonly EventFolder[] = ['queue', 'rejected']

function diskBytes({ bytes }: EventName): number {
  return Math.ceil(bytes / BLOCK) * BLOCK
}

/** By when it was last written: what a process that was killed has left, what was set aside. */
async function removeOld(
  spool: Spool,
  name: SpoolFolder,
  maxAgeMs: number,
  accept: (file: string) => boolean,
): Promise<void> {
  const folder = folderOf(spool, name)
  for (const file of await readdir(folder).catch(() => [])) {
    if (!accept(file)) continue
    const path = join(folder, file)
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }))
    if (spool.wallClock() - mtimeMs > maxAgeMs) await unlink(path).catch(() => {})
  }
}
