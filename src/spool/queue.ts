/** The events in a spool: put, listed, read, and moved between the queue and the refused ones. */

import { join } from 'node:path'
import { eventText, parseEventText, type ReadEvent, type SpooledEvent } from './event-file.ts'
import { byAge, type EventName, groupOf, nameFor, parseEventName } from './event-name.ts'
import { faultCode, faultWords } from './fault.ts'
import { opendir, readEntries, readFile, rename, stat, unlink } from './files.ts'
import { folderOf, makeFolder, type Spool } from './folders.ts'
import { syncFolder, writeWhole } from './write-file.ts'

export type EventFolder = 'queue' | 'rejected'

/** What a folder takes by itself for up to some hundred names. To read it as a stream costs each run a module more. */
const SMALL_FOLDER_BYTES = 4096

/**
 * The names of events, in no order, as the folder gives them: a million are never in memory at once. A folder that is
 * not there holds none. @throws the system's error where it cannot be read
 */
export async function* eventNames(spool: Spool, folder: EventFolder): AsyncGenerator<EventName> {
  const path = folderOf(spool, folder)
  try {
    const isSmall = (await stat(path)).size <= SMALL_FOLDER_BYTES
    const entries = isSmall
      ? await readEntries(path, { withFileTypes: true })
      : await opendir(path, { bufferSize: 1024 })
    for await (const entry of entries) {
      const parsed = entry.isFile() ? parseEventName(entry.name) : undefined
      if (parsed !== undefined) yield parsed
    }
  } catch (error) {
    if (faultCode(error) !== 'ENOENT') throw error
  }
}

/** The oldest `most` of those that `accept` takes, oldest first. */
export async function oldestEvents(
  spool: Spool,
  folder: EventFolder,
  accept: (name: EventName) => boolean,
  most: number,
): Promise<EventName[]> {
  let found: EventName[] = []
  /** Names behind this one are too young already. */
  let limit: string | undefined
  for await (const name of eventNames(spool, folder)) {
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
  for (const [index, spooled] of events.entries()) {
    const group = groups[index] ?? ''
    const order = Math.max(Math.round(spooled.occurredAt), (last.get(group) ?? -1) + 1)
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

/** Undefined where it is gone: another process has delivered or dropped it. @throws the system's other errors */
export async function readEvent(
  spool: Spool,
  folder: EventFolder,
  { file }: EventName,
): Promise<ReadEvent | undefined> {
  try {
    return parseEventText(await readFile(join(folderOf(spool, folder), file), 'utf8'))
  } catch (error) {
    if (faultCode(error) === 'ENOENT') return undefined
    if (faultCode(error) === 'EACCES')
      return { kind: 'unreadable', problem: `cannot be read: ${faultWords(error)}` }
    throw error
  }
}

/** Writes an event of the queue anew, unless it was dropped meanwhile. @throws the system's error */
export async function rewriteEvent(spool: Spool, { file }: EventName, spooled: SpooledEvent): Promise<void> {
  try {
    await writeWhole(join(folderOf(spool, 'queue'), file), eventText(spooled), { onlyOver: true })
  } catch (error) {
    if (faultCode(error) !== 'ENOENT') throw error
  }
}

/** True where it was there. @throws the system's other errors */
export async function removeEvent(spool: Spool, folder: EventFolder, { file }: EventName): Promise<boolean> {
  try {
    await unlink(join(folderOf(spool, folder), file))
    return true
  } catch (error) {
    if (faultCode(error) === 'ENOENT') return false
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
