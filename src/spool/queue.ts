/** The events in a spool: put, listed, read, and moved between the queue and the refused ones. */

import type { Dirent } from 'node:fs'
import { join } from 'node:path'
import { type BootTime, bootTime, isThisBoot } from '../system/boot-clock.ts'
import { errorCode } from '../system/errors.ts'
import {
  closeDir,
  NO_REGULAR_FILE,
  opendir,
  readDir,
  readEntries,
  readlink,
  readText,
  readTextSync,
  rename,
  stat,
  symlink,
  unlink,
} from '../system/files.ts'
import { uniqueWord } from '../system/process-id.ts'
import { syncFolder, writeWhole } from '../system/write-file.ts'
import { eventText, parseEventText, type ReadEvent, type SpooledEvent } from './event-file.ts'
import { byAge, type EventName, groupOf, nameFor, parseEventName } from './event-name.ts'
import { faultWords } from './fault.ts'
import { folderOf, makeFolder, type Spool } from './folders.ts'

export type EventFolder = 'queue' | 'rejected'

/** What a folder takes by itself for up to some hundred names. To read it as a stream costs each run a module more. */
const SMALL_FOLDER_BYTES = 4096

/**
 * The names of events, in no order, as the folder gives them: a million are never in memory at once. A folder that is
 * not there holds none. `other` is called for what is no event's. @throws the system's error where it cannot be read
 */
export async function* eventNames(
  spool: Spool,
  folder: EventFolder,
  other?: (file: string) => Promise<void>,
): AsyncGenerator<EventName> {
  const path = folderOf(spool, folder)
  try {
    const isSmall = (await stat(path)).size <= SMALL_FOLDER_BYTES
    const entries = isSmall ? await readEntries(path, { withFileTypes: true }) : await listFolder(path)
    for await (const entry of entries) {
      const parsed = entry.isFile() ? parseEventName(entry.name) : undefined
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
  accept: (name: EventName) => boolean,
  most: number,
  isOver: () => boolean = () => false,
): Promise<EventName[]> {
  let found: EventName[] = []
  /** Names behind this one are too young already. */
  let limit: string | undefined
  for await (const name of eventNames(spool, folder)) {
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

export interface PutOptions {
  /** Called with the index of each that is safe. */
  readonly onPut?: (index: number) => void
  /** There are no events of their series. */
  readonly isFresh?: boolean
  /** For each, the word that its name is to have (`EventName.word`), so that one that was put before can be told. */
  readonly words?: readonly string[]
}

/**
 * Puts events into a folder, each durably and in the order given. Within a series each is named later than all that
 * are there, also where the clock was set back. `isFresh`: there are none, and the folder, which may be a large one, need
 * not be looked through.
 *
 * @throws the system's error at the first that cannot be written; `onPut` has been called for those before it
 */
export async function putEvents(
  spool: Spool,
  folder: EventFolder,
  events: readonly SpooledEvent[],
  { onPut = () => {}, isFresh = false, words }: PutOptions = {},
): Promise<void> {
  if (events.length === 0) return
  const path = await makeFolder(spool, folder)
  const groups = events.map(({ event, key }) => groupOf(event, key))
  const last = new Map<string, number>()
  for await (const { group, order } of isFresh ? [] : eventNames(spool, folder)) {
    if (groups.includes(group)) last.set(group, Math.max(order, last.get(group) ?? 0))
  }
  const orderOf = await steadyOrder(spool, events)
  for (const [index, spooled] of events.entries()) {
    const group = groups[index] ?? ''
    const order = Math.max(orderOf(spooled), (last.get(group) ?? -1) + 1)
    last.set(group, order)
    const text = eventText(spooled)
    const name = nameFor(order, group, spooled.key, Buffer.byteLength(text), {
      word: words?.[index],
      address: spooled.address,
    })
    await writeWhole(join(path, name), text)
    onPut(index)
  }
  await syncFolder(path)
}

/**
 * Orders by when events happened. What happened in this boot goes by the clock of the boot, so that the order stays right
 * when the wall clock is set: that clock is said once in a boot, in a file, what time it has, and is then ahead of all that is
 * there.
 */
async function steadyOrder(
  spool: Spool,
  events: readonly SpooledEvent[],
): Promise<(spooled: SpooledEvent) => number> {
  const now = bootTime(spool)
  const wall = ({ occurredAt }: SpooledEvent) => Math.round(occurredAt)
  if (now === undefined || !events.some(({ up }) => isThisBoot(spool, up))) return wall
  const bootedAt = (await readBootedAt(spool, now.boot)) ?? (await noteBootedAt(spool, now))
  return spooled =>
    isThisBoot(spool, spooled.up) ? bootedAt + Math.round(spooled.up?.ms ?? 0) : wall(spooled)
}

/** A symbolic link, as a lock is: for its target there is room on a full disk as well. */
function bootedAtFile(spool: Spool): string {
  return join(spool.folder, 'booted-at')
}

async function readBootedAt(spool: Spool, boot: string): Promise<number | undefined> {
  try {
    const [ofBoot, at = ''] = (await readlink(bootedAtFile(spool))).split(' ')
    return ofBoot === boot && /^\d{1,14}$/.test(at) ? Number(at) : undefined
  } catch {
    return undefined
  }
}

/** If it cannot be noted, the next one looks again. */
async function noteBootedAt(spool: Spool, now: BootTime): Promise<number> {
  let latest = -1
  for (const folder of ['queue', 'rejected'] as const)
    for await (const { order } of eventNames(spool, folder)) latest = Math.max(latest, order)
  const at = Math.max(0, Math.round(Math.max(spool.wallClock(), latest + 1) - now.ms))
  const temporary = `${bootedAtFile(spool)}.${uniqueWord()}`
  await symlink(`${now.boot} ${at}`, temporary)
    .then(() => rename(temporary, bootedAtFile(spool)))
    .catch(() => {})
  return at
}

/** Undefined where it is gone: another process has delivered or dropped it. @throws the system's other errors */
export async function readEvent(
  spool: Spool,
  folder: EventFolder,
  { file }: EventName,
): Promise<ReadEvent | undefined> {
  try {
    return parseEventText(await readText(join(folderOf(spool, folder), file)))
  } catch (error) {
    return unread(error)
  }
}

/** The same, at once: for commands that look at all of them. */
export function readEventSync(spool: Spool, folder: EventFolder, { file }: EventName): ReadEvent | undefined {
  try {
    return parseEventText(readTextSync(join(folderOf(spool, folder), file)))
  } catch (error) {
    return unread(error)
  }
}

function unread(error: unknown): ReadEvent | undefined {
  if (errorCode(error) === 'ENOENT') return undefined
  if (errorCode(error) === NO_REGULAR_FILE) return { kind: 'damaged', problem: 'is not a regular file' }
  if (errorCode(error) === 'EACCES')
    return { kind: 'unreadable', problem: `cannot be read: ${faultWords(error)}` }
  throw error
}

/**
 * Makes an event one of another key: under a new name, since a name tells whose an event is, and in its old place in the order.
 * It is never gone; for a moment it may be there twice. @throws the system's error
 */
export async function rekeyEvent(
  spool: Spool,
  name: EventName,
  from: EventFolder,
  spooled: SpooledEvent,
): Promise<void> {
  const target = await makeFolder(spool, 'queue')
  const text = eventText(spooled)
  const group = groupOf(spooled.event, spooled.key)
  const file = nameFor(name.order, group, spooled.key, Buffer.byteLength(text), {
    word: name.word,
    address: name.address,
  })
  await writeWhole(join(target, file), text)
  await removeEvent(spool, from, name)
}

/** Writes an event anew, unless it was dropped meanwhile. @throws the system's error */
export async function rewriteEvent(
  spool: Spool,
  { file }: EventName,
  spooled: SpooledEvent,
  folder: EventFolder = 'queue',
): Promise<void> {
  try {
    await writeWhole(join(folderOf(spool, folder), file), eventText(spooled), { onlyOver: true })
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
}

/** True where it was there. @throws the system's other errors */
export async function removeEvent(spool: Spool, folder: EventFolder, { file }: EventName): Promise<boolean> {
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
  name: EventName,
  from: EventFolder,
  spooled: SpooledEvent,
): Promise<void> {
  const to = from === 'queue' ? 'rejected' : 'queue'
  const target = await makeFolder(spool, to)
  await writeWhole(join(target, name.file), eventText(spooled))
  await syncFolder(target)
  if (!(await removeEvent(spool, from, name))) await removeEvent(spool, to, name)
}

/** Sets a file aside that cannot be read, for a person to look at. Its name then no longer ends in `.json`. */
export async function setAside(spool: Spool, folder: EventFolder | 'runs', file: string): Promise<void> {
  const target = await makeFolder(spool, 'damaged')
  await rename(join(folderOf(spool, folder), file), join(target, `${file}.damaged`))
}
