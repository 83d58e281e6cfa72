/** `cronitor spool list`: lists the events that wait in the spool, or that the API has refused. */

import { isatty } from 'node:tty'
import { deliveryScopeOf } from '../../report/destination.ts'
import type { Notices } from '../../report/notices/notices.ts'
import { type DeliveryScope, needsConfiguredAddress } from '../../spool/delivery-scope.ts'
import type { EventFileName } from '../../spool/event-file-name.ts'
import { type EventFolder, oldestEvents } from '../../spool/list-events.ts'
import { readEventSync } from '../../spool/read-event.ts'
import type { Spool } from '../../spool/spool.ts'
import type { SpooledEvent } from '../../spool/spooled-event.ts'
import { ageMs } from '../../system/boot-clock.ts'
import { roughDuration } from '../../system/duration.ts'
import { printable, printableJson } from '../../system/printable.ts'
import { print } from '../terminal/print.ts'
import { fitted, padded } from '../terminal/text-width.ts'
import type { SpoolListFlags } from './spool-flags.ts'
import { withSpool } from './with-spool.ts'

/** Resolves with the exit status. */
export function listSpool(flags: SpoolListFlags): Promise<0 | 1> {
  const folder: EventFolder = flags.rejected ? 'rejected' : 'queue'
  return withSpool(flags, async ({ spool, settings, notices }) => {
    const names = await oldestEvents(spool, folder, () => true, Number.MAX_SAFE_INTEGER)
    const lane = deliveryScopeOf(settings)
    const { key } = lane
    const rows = rowsOf(spool, folder, names, lane, notices)
    if (flags.json) printJson(rows)
    else printTable(rows, folder, spool)
    const others = names.filter(name => name.key !== key).length
    if (others > 0 && !flags.json && settings.key !== undefined)
      notices.warn(
        `${others} of these ${others === 1 ? 'waits' : 'wait'} for another key than the one that is set (${key}): cronitor spool retry --rekey sends ${others === 1 ? 'it' : 'them'} with this one`,
      )
    return 0
  })
}

interface Row {
  readonly file: string
  readonly spooled: SpooledEvent
  /** `key`: the event waits for another key. `address`: it waits for a configured address. */
  readonly waitsFor: 'key' | 'address' | undefined
}

function* rowsOf(
  spool: Spool,
  folder: EventFolder,
  names: readonly EventFileName[],
  lane: DeliveryScope,
  notices: Notices,
): Generator<Row> {
  for (const name of names) {
    const read = readEventSync(spool, folder, name)
    switch (read?.kind) {
      case undefined:
        break
      case 'event':
        yield { file: name.file, spooled: read.spooled, waitsFor: waitsFor(name, lane) }
        break
      case 'newer':
        notices.warn(`${name.file} was written by a newer version`)
        break
      case 'damaged':
      case 'unreadable':
        notices.warn(`${name.file} ${read.problem}`)
        break
      default:
        read satisfies never
    }
  }
}

function waitsFor(name: EventFileName, { key, address }: DeliveryScope): Row['waitsFor'] {
  if (name.key !== key) return 'key'
  return needsConfiguredAddress(name, address) ? 'address' : undefined
}

/** An array with one event a line, printed in pieces: a large spool does not fit into memory. */
function printJson(rows: Generator<Row>): void {
  const out = createChunkPrinter()
  let before = '[\n'
  for (const { file, spooled, waitsFor } of rows) {
    const { event, occurredAt, tries, lastProblem, refused } = spooled
    const { monitorKey, state, series, statusCode } = event
    const line = {
      file,
      monitor: monitorKey,
      state,
      series,
      statusCode,
      occurredAt: new Date(occurredAt).toISOString(),
      tries,
      lastError: lastProblem,
      httpStatus: refused?.status,
      likelyCause: refused?.likelyCause,
      waitingForKey: waitsFor === 'key' ? spooled.key : undefined,
      waitingForAddress: waitsFor === 'address' ? true : undefined,
    }
    if (!out.print(`${before}${printableJson(line)}`)) return
    before = ',\n'
  }
  out.print(before === '[\n' ? '[]\n' : '\n]\n')
  out.end()
}

function printTable(rows: Generator<Row>, folder: EventFolder, spool: Spool): void {
  const out = createChunkPrinter()
  // Only a terminal has a width; other output is not shortened.
  const columns = (isatty(1) && process.stdout.columns) || undefined
  const line = (cells: readonly string[]) => out.print(`${tableLine(cells, columns)}\n`)
  let count = 0
  for (const { spooled, waitsFor } of rows) {
    if (count === 0 && !line(['AGE', 'MONITOR', 'STATE', 'TRIES', 'LAST ERROR'])) return
    count += 1
    const { event, occurredAt, up, tries, lastProblem = '-', refused } = spooled
    const cause = refused === undefined ? lastProblem : `${lastProblem}: ${refused.likelyCause}`
    const problem = [cause, describeWait(waitsFor, spooled)].filter(Boolean).join('; ')
    const age = roughDuration(ageMs(spool, occurredAt, up))
    if (!line([age, printable(event.monitorKey), event.state, String(tries), printable(problem)])) return
  }
  if (count === 0) out.print(folder === 'queue' ? 'Nothing waits.\n' : 'Nothing was refused.\n')
  out.end()
}

/** Characters that are written at a time: a system call for each line would take most of the time. */
const CHUNK_LENGTH = 32_768

/** `print` returns false once nobody reads the output. */
function createChunkPrinter(): { print(text: string): boolean; end(): void } {
  let chunk = ''
  const flush = (): boolean => {
    const text = chunk
    chunk = ''
    return print(text)
  }
  return {
    print(text) {
      chunk += text
      return chunk.length < CHUNK_LENGTH || flush()
    },
    end: flush,
  }
}

function describeWait(waitsFor: Row['waitsFor'], { key }: SpooledEvent): string | undefined {
  switch (waitsFor) {
    case undefined:
      return undefined
    case 'key':
      return `waits for the key ${key}`
    case 'address':
      return 'was kept for a configured address: set CRONITOR_TELEMETRY_URL to send it'
    default:
      return waitsFor satisfies never
  }
}

const WIDTHS = [7, 24, 8, 5] as const

/** Cells that do not fit into `columns` are shortened; undefined: no limit. */
export function tableLine(cells: readonly string[], columns: number | undefined): string {
  let used = 0
  return cells
    .map((cell, index) => {
      const width = WIDTHS[index] ?? 0
      if (columns === undefined) return padded(cell, width)
      const room = Math.max(0, columns - used)
      const fit = fitted(cell, Math.min(width || room, room))
      used += width + GAP.length
      return padded(fit, Math.min(width, room))
    })
    .join(GAP)
    .trimEnd()
}

const GAP = '  '
