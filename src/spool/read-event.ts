/** Reads an event of the spool. */

import { join } from 'node:path'
import { describeSystemError } from '../system/describe-system-error.ts'
import { errorCode } from '../system/errors.ts'
import { NOT_A_REGULAR_FILE, readText, readTextSync } from '../system/read-file.ts'
import { type EventFileContent, parseEventFile } from './event-file.ts'
import type { EventFileName } from './event-file-name.ts'
import type { EventFolder } from './list-events.ts'
import { folderOf, type Spool } from './spool.ts'

/** Undefined if the file is gone: another process has delivered or dropped the event. @throws the system's other errors */
export async function readEvent(
  spool: Spool,
  folder: EventFolder,
  { file }: EventFileName,
): Promise<EventFileContent | undefined> {
  try {
    return parseEventFile(await readText(join(folderOf(spool, folder), file)))
  } catch (error) {
    return contentByError(error)
  }
}

/** The same without a promise, which is faster: for commands that read every event. */
export function readEventSync(
  spool: Spool,
  folder: EventFolder,
  { file }: EventFileName,
): EventFileContent | undefined {
  try {
    return parseEventFile(readTextSync(join(folderOf(spool, folder), file)))
  } catch (error) {
    return contentByError(error)
  }
}

function contentByError(error: unknown): EventFileContent | undefined {
  if (errorCode(error) === 'ENOENT') return undefined
  if (errorCode(error) === NOT_A_REGULAR_FILE) return { kind: 'damaged', problem: 'is not a regular file' }
  if (errorCode(error) === 'EACCES')
    return { kind: 'unreadable', problem: `cannot be read: ${describeSystemError(error)}` }
  throw error
}
