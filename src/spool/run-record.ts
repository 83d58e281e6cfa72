/**
 * The record of a current run. The wrapper writes it before it sends the first event, and removes it once the end is
 * delivered or in the queue. If there is a record but no wrapper, the wrapper was killed: recovery.ts then sends the
 * missing events.
 *
 * The files are `PID-START-ID.run`, renamed to `PID-START-ID.sent` once the event `run` is delivered, and
 * `PID-START-ID.end` with the event of the end.
 */

import { join } from 'node:path'
import type { BootTime } from '../system/boot-clock.ts'
import { errorCode } from '../system/errors.ts'
import { rename, unlink } from '../system/file-calls.ts'
import { isObject } from '../system/json-object.ts'
import { type Place, type ProcessId, processId, uniqueWord } from '../system/process-id.ts'
import { NOT_A_REGULAR_FILE, readText } from '../system/read-file.ts'
import { syncFolder, writeWhole } from '../system/write-file.ts'
import type { TelemetryEvent } from '../telemetry/event.ts'
import type { AddressKind, KeyFingerprint } from './delivery-scope.ts'
import { formatEventFile, parseEventFile } from './event-file.ts'
import { isAddressKind, parseBootTime, parseTelemetryEvent } from './json-fields.ts'
import { folderOf, makeFolder, type Spool } from './spool.ts'
import type { SpooledEvent } from './spooled-event.ts'

export interface RunRecord {
  readonly key: KeyFingerprint
  /** As in `SpooledEvent`. */
  readonly address?: AddressKind | undefined
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** The same, by the clock of the boot. */
  readonly up?: BootTime | undefined
  readonly run: TelemetryEvent
  readonly wrapper: ProcessId
  /** Undefined if the job had ended before the record was written. */
  readonly job?: ProcessId | undefined
  readonly place: Place
}

/** The wrapper's access to its record. Each method rejects with the system's error. */
export interface OpenRunRecord {
  /** Resolves when the record survives a power cut. */
  readonly synced: Promise<void>
  /** The event `run` was delivered or refused, and must not be sent again. */
  noteRunSent(): Promise<void>
  /** The job has ended. The file is not synced: it is needed if the wrapper is killed, and not after a power cut. */
  noteEnd(end: SpooledEvent): Promise<void>
  remove(): Promise<void>
}

const VERSION = 1

/**
 * Resolves when the record is written; it may not be synced yet.
 *
 * @throws the system's error if the record cannot be written
 */
export async function createRunRecord(
  spool: Spool,
  run: TelemetryEvent,
  details: {
    readonly key: KeyFingerprint
    readonly address?: AddressKind | undefined
    readonly startedAt: number
    readonly up?: BootTime | undefined
    readonly jobPid: number | undefined
  },
): Promise<OpenRunRecord> {
  const { key, address, startedAt, up, jobPid } = details
  const wrapper = processId(process.pid) ?? { pid: process.pid, start: '' }
  const job = jobPid === undefined ? undefined : processId(jobPid)
  const record = { version: VERSION, key, address, startedAt, up, run, wrapper, job, place: spool.place }
  const folder = folderOf(spool, 'runs')
  const path = join(folder, `${wrapper.pid}-${wrapper.start}-${uniqueWord()}`)
  const write = () => writeWhole(`${path}.run`, `${JSON.stringify(record)}\n`)
  try {
    await write()
  } catch (error) {
    // The first run in this spool.
    if (errorCode(error) !== 'ENOENT') throw error
    await makeFolder(spool, 'runs')
    await write()
  }
  const synced = syncFolder(folder)
  // Callers that wait for `synced` get the error.
  synced.catch(() => {})
  let file = `${path}.run`
  let renaming: Promise<void> | undefined
  let writingEnd: Promise<void> | undefined
  return {
    synced,
    async noteRunSent() {
      renaming = rename(file, `${path}.sent`).then(() => {
        file = `${path}.sent`
      })
      await renaming
    },
    async noteEnd(end) {
      writingEnd = writeWhole(`${path}.end`, formatEventFile(end), { isDurable: false })
      await writingEnd
    },
    async remove() {
      // A current rename or write would create a file again.
      await renaming?.catch(() => {})
      await writingEnd?.catch(() => {})
      await unlinkIfThere(file)
      await unlinkIfThere(`${path}.end`)
    },
  }
}

export interface RunRecordName {
  readonly file: string
  readonly wrapper: ProcessId
  /** True if the event `run` was delivered or refused. */
  readonly isSent: boolean
  /** The name without its extension. */
  readonly stem: string
}

export function parseRunRecordName(file: string): RunRecordName | undefined {
  const [, stem, pid, start, ending] = /^((\d+)-(\d*)-[0-9a-f]{12})\.(run|sent)$/.exec(file) ?? []
  if (stem === undefined || start === undefined) return undefined
  return { file, stem, wrapper: { pid: Number(pid), start }, isSent: ending === 'sent' }
}

export type RunRecordContent =
  | { readonly kind: 'record'; readonly record: RunRecord; readonly end: SpooledEvent | undefined }
  | { readonly kind: 'gone' | 'newer' | 'damaged' }

/** @throws the system's error if the file exists and cannot be read */
export async function readRunRecord(spool: Spool, { file, stem }: RunRecordName): Promise<RunRecordContent> {
  const folder = folderOf(spool, 'runs')
  const text = await readIfThere(join(folder, file))
  if (text === undefined) return { kind: 'gone' }
  const record = parseRecord(text)
  if (record === 'newer' || record === 'damaged') return { kind: record }
  const end = parseEventFile((await readIfThere(join(folder, `${stem}.end`))) ?? '')
  return { kind: 'record', record, end: end.kind === 'event' ? end.spooled : undefined }
}

export async function removeRunRecord(spool: Spool, { file, stem }: RunRecordName): Promise<void> {
  const folder = folderOf(spool, 'runs')
  await unlinkIfThere(join(folder, file))
  await unlinkIfThere(join(folder, `${stem}.end`))
}

function parseRecord(text: string): RunRecord | 'newer' | 'damaged' {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return 'damaged'
  }
  if (!isObject(json)) return 'damaged'
  const { version, key, address, startedAt, place } = json
  if (typeof version === 'number' && version > VERSION) return 'newer'
  const run = parseTelemetryEvent(json.run)
  const wrapper = processFrom(json.wrapper)
  const job = json.job === undefined ? undefined : processFrom(json.job)
  if (version !== VERSION || typeof key !== 'string' || typeof startedAt !== 'number' || run === undefined)
    return 'damaged'
  if (wrapper === undefined || (json.job !== undefined && job === undefined) || !isPlace(place))
    return 'damaged'
  const up = parseBootTime(json.up)
  return { key, ...(isAddressKind(address) && { address }), startedAt, up, run, wrapper, job, place }
}

function processFrom(json: unknown): ProcessId | undefined {
  if (!isObject(json) || typeof json.pid !== 'number' || typeof json.start !== 'string') return undefined
  return { pid: json.pid, start: json.start }
}

function isPlace(json: unknown): json is Place {
  if (!isObject(json)) return false
  return [json.machine, json.boot, json.namespace].every(text => typeof text === 'string')
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readText(path)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    // An empty text counts as damaged.
    if (errorCode(error) === NOT_A_REGULAR_FILE) return ''
    throw error
  }
}

async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
}
