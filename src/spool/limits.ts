/** Keeps a spool within its bounds: what is too old goes, and past the size the oldest goes first. */

import { join } from 'node:path'
import { bootTime, isSettled, msSinceBoot } from '../system/boot-clock.ts'
import { readdir, stat, unlink } from '../system/file-calls.ts'
import { readText } from '../system/read-file.ts'
import { UNFINISHED, writeWhole, writtenAt } from '../system/write-file.ts'
import { removeEvent, rewriteEvent } from './change-event.ts'
import { byAge, type EventFileName } from './event-file-name.ts'
import { parseBootTime } from './json-fields.ts'
import { type EventFolder, listEvents } from './list-events.ts'
import { readEvent } from './read-event.ts'
import { folderOf, makeFolder, type Spool, type SpoolFolder } from './spool.ts'
import { isExpired } from './spooled-event.ts'

export interface DroppedCounts {
  readonly tooOld: number
  /** How many went because of the size. */
  readonly tooMany: number
}

/** What a file takes of the disk at the least, in bytes: file systems give it whole blocks, most of them of this size. */
const BLOCK = 4096

/** A file that nobody has finished for this long never will be, in milliseconds. */
const UNFINISHED_MS = 3_600_000

type Placed = EventFileName & { readonly folder: EventFolder }

/** The oldest names that are remembered in one go: a million are never in memory at once. */
const BATCH = 5000

/** So many go in any case: to read the names alone may take all the time that there is, each time anew. */
const FEWEST = 1000

/** So many names are read in any case, and more as long as there is time. */
const MOST_READ = 20_000

/**
 * Waiting and refused events count together. The size is what the files take of the disk, in whole blocks, by the
 * sizes in their names. Where there is much to drop, the rest is left to the next time once `isOver` says so.
 *
 * @throws the system's error where the spool cannot be read or written to
 */
export async function enforceLimits(
  spool: Spool,
  isOver: () => boolean = () => false,
): Promise<DroppedCounts> {
  await removeUnfinished(spool, 'runs')
  await removeDamaged(spool)
  let tooOld = 0
  let tooMany = 0
  for (;;) {
    const { bytes, oldest, seemOld } = await lookThrough(spool, isOver)
    let left = bytes
    const gone = new Set<string>()
    for (const [index, name] of seemOld.entries()) {
      if (index >= FEWEST && isOver()) break
      if (!(await removeIfExpired(spool, name))) continue
      tooOld += 1
      left -= diskBytes(name)
      gone.add(name.file)
    }
    const isEnough = () => tooOld + tooMany >= FEWEST && isOver()
    for (const name of oldest) {
      if (left <= spool.maxBytes || isEnough()) break
      if (gone.has(name.file)) continue
      if (await removeEvent(spool, name.folder, name)) tooMany += 1
      left -= diskBytes(name)
    }
    if (left <= spool.maxBytes || oldest.length === 0 || isEnough() || isOver()) return { tooOld, tooMany }
  }
}

interface Looked {
  readonly bytes: number
  /** Sorted, at most `BATCH`. */
  readonly oldest: readonly Placed[]
  /** By their names, which tell the wall clock's time; at most `BATCH`. */
  readonly seemOld: readonly Placed[]
}

/** One reading of both folders. */
async function lookThrough(spool: Spool, isOver: () => boolean): Promise<Looked> {
  const before = spool.wallClock() - spool.maxAgeMs
  const seemOld: Placed[] = []
  let oldest: Placed[] = []
  /** Names behind this one are too young already. */
  let limit: string | undefined
  let bytes = 0
  let count = 0
  for (const folder of FOLDERS) {
    for await (const name of listEvents(spool, folder, file => removeIfUnfinished(spool, folder, file))) {
      count += 1
      bytes += diskBytes(name)
      if (limit === undefined || name.file < limit) oldest.push({ ...name, folder })
      if (oldest.length >= 2 * BATCH) {
        oldest = oldest.sort(byAge).slice(0, BATCH)
        limit = oldest.at(-1)?.file
      }
      if (name.order < before && seemOld.length < BATCH) seemOld.push({ ...name, folder })
      // Of a very large spool, the oldest of what was read by then go.
      const isMuch = bytes > spool.maxBytes || count >= MOST_READ
      if (count % 1000 === 0 && isMuch && isOver()) break
    }
  }
  return { bytes, oldest: oldest.sort(byAge).slice(0, BATCH), seemOld }
}

const FOLDERS: readonly EventFolder[] = ['queue', 'rejected']

function diskBytes({ bytes }: EventFileName): number {
  return Math.ceil(bytes / BLOCK) * BLOCK
}

/** What is refused was offered; of an earlier boot, it is noted when this boot has first seen it. */
async function removeIfExpired(spool: Spool, name: Placed): Promise<boolean> {
  const read = await readEvent(spool, name.folder, name)
  if (read?.kind !== 'event') return false
  const { spooled } = read
  if (isExpired(spool, spooled)) return removeEvent(spool, name.folder, name)
  const seen = bootTime(spool)
  if (name.folder === 'rejected' && seen !== undefined && spooled.offered?.boot !== seen.boot)
    await rewriteEvent(spool, name, { ...spooled, offered: seen }, name.folder)
  return false
}

async function removeUnfinished(spool: Spool, folder: SpoolFolder): Promise<void> {
  for (const file of await readdir(folderOf(spool, folder)).catch(() => []))
    await removeIfUnfinished(spool, folder, file)
}

/** What a process that was killed has left. Its name says when it was begun, by the clock of some boot. */
async function removeIfUnfinished(spool: Spool, folder: SpoolFolder, file: string): Promise<void> {
  if (!file.startsWith(UNFINISHED)) return
  const begun = writtenAt(file)
  const ms = (spool.bootClock ?? msSinceBoot)() - (begun ?? 0)
  if (begun !== undefined && ms >= 0 && ms <= UNFINISHED_MS) return
  await removeOlder(spool, folder, file, UNFINISHED_MS)
}

async function removeOlder(spool: Spool, folder: SpoolFolder, file: string, maxAgeMs: number): Promise<void> {
  if (await isOlder(spool, folder, file, maxAgeMs))
    await unlink(join(folderOf(spool, folder), file)).catch(() => {})
}

/** By the wall clock, and by when it was last written. */
async function isOlder(spool: Spool, folder: SpoolFolder, file: string, maxAgeMs: number): Promise<boolean> {
  const path = join(folderOf(spool, folder), file)
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }))
  return spool.wallClock() - mtimeMs > maxAgeMs
}

/** What was set aside goes once it has seemed too old for some time of this boot. */
async function removeDamaged(spool: Spool): Promise<void> {
  const files = await readdir(folderOf(spool, 'damaged')).catch(() => [])
  const old: string[] = []
  for (const file of files) if (await isOlder(spool, 'damaged', file, spool.maxAgeMs)) old.push(file)
  if (old.length === 0 || !(await haveSeemedOld(spool))) return
  for (const file of old) await unlink(join(folderOf(spool, 'damaged'), file)).catch(() => {})
}

async function haveSeemedOld(spool: Spool): Promise<boolean> {
  const path = join(folderOf(spool, 'locks'), 'damaged-seem-old')
  const now = bootTime(spool)
  try {
    const seen = parseBootTime(JSON.parse(await readText(path)))
    if (seen?.boot === (now?.boot ?? '')) return isSettled(spool, seen)
  } catch {
    // Not there, or not whole.
  }
  await makeFolder(spool, 'locks')
    .then(() => writeWhole(path, JSON.stringify(now ?? { boot: '', ms: 0 }), { isDurable: false }))
    .catch(() => {})
  return now === undefined
}
