/**
 * The record of a run under way: written before the first event is sent, and gone once the end is delivered or
 * spooled. One that is left behind says that the wrapper was killed; recovery.ts sends what it could not.
 *
 * `PID-START-ID.run` is the run, `PID-START-ID.sent` the same once `run` was delivered, `PID-START-ID.end` the end that
 * is about to be sent.
 */

import { join } from 'node:path'
import type { BootTime } from '../system/boot-clock.ts'
import { errorCode } from '../system/errors.ts'
import { rename, unlink } from '../system/file-calls.ts'
import { type Place, type ProcessId, processId, uniqueWord } from '../system/process-id.ts'
import { NOT_A_REGULAR_FILE, readText } from '../system/read-file.ts'
import { syncFolder, writeWhole } from '../system/write-file.ts'
import type { TelemetryEvent } from '../telemetry/event.ts'
import type { AddressKind, KeyFingerprint } from './delivery-scope.ts'
import { formatEventFile, parseEventFile } from './event-file.ts'
import { isAddressKind, isObject, parseBootTime, parseTelemetryEvent } from './json-fields.ts'
import { folderOf, makeFolder, type Spool } from './spool.ts'
import type { SpooledEvent } from './spooled-event.ts'

export interface RunRecord {
  readonly key: KeyFingerprint
  /** As `SpooledEvent`'s. */
  readonly address?: AddressKind | undefined
  /** When the job was started: milliseconds since 1970. */
  readonly startedAt: number
  /** The same by the clock of the boot. */
  readonly up?: BootTime | undefined
  readonly run: TelemetryEvent
  readonly wrapper: ProcessId
  /** Undefined where the job had ended already. */
  readonly job?: ProcessId | undefined
  readonly place: Place
}

/** The wrapper's hold of its own record. Each rejects with the system's error. */
export interface OpenRunRecord {
  /** `run` was delivered or refused: it need not be sent again. */
  noteRunSent(): Promise<void>
  /**
   * The job has ended; `end` is sent from now on. Not synced, since it is here for a wrapper that is killed and not for
   * a power cut, after which the run itself tells that the end is missing.
   */
  noteEnd(end: SpooledEvent): Promise<void>
  remove(): Promise<void>
}

const VERSION = 1

/** @throws the system's error where it cannot be written */
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
    // The folder is there, but for a first run.
    if (errorCode(error) !== 'ENOENT') throw error
    await makeFolder(spool, 'runs')
    await write()
  }
  await syncFolder(folder)
  let file = `${path}.run`
  let noting: Promise<void> | undefined
  let ending: Promise<void> | undefined
  return {
    async noteRunSent() {
      noting = rename(file, `${path}.sent`).then(() => {
        file = `${path}.sent`
      })
      await noting
    },
    async noteEnd(end) {
      ending = writeWhole(`${path}.end`, formatEventFile(end), { isDurable: false })
      await ending
    },
    async remove() {
      // Else it would come back under its new name, and without its end.
      await noting?.catch(() => {})
      await ending?.catch(() => {})
      await unlinkIfThere(file)
      await unlinkIfThere(`${path}.end`)
    },
  }
}

export interface RunRecordName {
  readonly file: string
  readonly wrapper: ProcessId
  /** Has `run` been sent? */
  readonly isSent: boolean
  /** The name without its ending. */
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

/** @throws the system's error where it is there and cannot be read */
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
    // What cannot be parsed is set aside.
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
