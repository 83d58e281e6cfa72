/** Removes old files of the spool that are no events: unfinished writes of killed processes, and damaged files. */

import { join } from 'node:path'
import { bootTime, isSettled, msSinceBoot } from '../system/boot-clock.ts'
import { readdir, stat, unlink } from '../system/file-calls.ts'
import { readText } from '../system/read-file.ts'
import { UNFINISHED, writeWhole, writtenAt } from '../system/write-file.ts'
import { parseBootTime } from './json-fields.ts'
import { folderOf, makeFolder, type Spool, type SpoolFolder } from './spool.ts'

/** A write that is older than this will never be finished, in milliseconds. */
const UNFINISHED_MS = 3_600_000

export async function removeUnfinishedIn(spool: Spool, folder: SpoolFolder): Promise<void> {
  for (const file of await namesIn(spool, folder)) await removeIfUnfinished(spool, folder, file)
}

/**
 * Removes a file if it is an old unfinished write. Its name has the time at which the write began, in milliseconds
 * since some boot. If that time is not within the last hour of this boot, the file's modification time decides.
 */
export async function removeIfUnfinished(spool: Spool, folder: SpoolFolder, file: string): Promise<void> {
  if (!file.startsWith(UNFINISHED)) return
  const begun = writtenAt(file)
  const ms = (spool.bootClock ?? msSinceBoot)() - (begun ?? 0)
  if (begun !== undefined && ms >= 0 && ms <= UNFINISHED_MS) return
  if (await isOlderThan(spool, folder, file, UNFINISHED_MS)) await removeFile(spool, folder, file)
}

/** Removes damaged files that are older than the spool keeps events. */
export async function removeOldDamaged(spool: Spool): Promise<void> {
  const old: string[] = []
  for (const file of await namesIn(spool, 'damaged'))
    if (await isOlderThan(spool, 'damaged', file, spool.maxAgeMs)) old.push(file)
  if (old.length === 0 || !(await isWallClockSettled(spool))) return
  for (const file of old) await removeFile(spool, 'damaged', file)
}

/**
 * True if such files were first seen some time ago in this boot; a file notes when that was. After a boot, the wall
 * clock may be wrong until it is set.
 */
async function isWallClockSettled(spool: Spool): Promise<boolean> {
  const path = join(folderOf(spool, 'locks'), 'damaged-seem-old')
  const now = bootTime(spool)
  try {
    const seen = parseBootTime(JSON.parse(await readText(path)))
    if (seen?.boot === (now?.boot ?? '')) return isSettled(spool, seen)
  } catch {
    // The file is missing or incomplete.
  }
  await makeFolder(spool, 'locks')
    .then(() => writeWhole(path, JSON.stringify(now ?? { boot: '', ms: 0 }), { isDurable: false }))
    .catch(() => {})
  return now === undefined
}

async function namesIn(spool: Spool, folder: SpoolFolder): Promise<string[]> {
  return await readdir(folderOf(spool, folder)).catch(() => [])
}

/** By the wall clock and the file's modification time. */
async function isOlderThan(spool: Spool, folder: SpoolFolder, file: string, ageMs: number): Promise<boolean> {
  const path = join(folderOf(spool, folder), file)
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }))
  return spool.wallClock() - mtimeMs > ageMs
}

async function removeFile(spool: Spool, folder: SpoolFolder, file: string): Promise<void> {
  await unlink(join(folderOf(spool, folder), file)).catch(() => {})
}
