/** `cronitor spool list`: what waits in the spool, or was refused. */

import type { SpooledEvent } from '../spool/event-file.ts'
import type { EventName } from '../spool/event-name.ts'
import type { Spool } from '../spool/folders.ts'
import { type EventFolder, oldestEvents, readEvent } from '../spool/queue.ts'
import { roughDuration } from '../telemetry/late.ts'
import { printable, printableJson } from '../telemetry/printable.ts'
import { keyPrintOf } from './destination.ts'
import type { OwnWords } from './own-words.ts'
import { print } from './print.ts'
import type { SpoolListFlags } from './spool-command.ts'
import { withSpool } from './with-spool.ts'

/** Resolves with the exit status. */
export function listSpool(flags: SpoolListFlags): Promise<0 | 1> {
  const folder: EventFolder = flags.rejected ? 'rejected' : 'queue'
  return withSpool(flags, async ({ spool, settings, own }) => {
    const names = await oldestEvents(spool, folder, () => true, Number.MAX_SAFE_INTEGER)
    const rows = rowsOf(spool, folder, names, keyPrintOf(settings), own)
    if (flags.json) await printJson(rows)
    else await printTable(rows, folder, spool.wallClock())
    return 0
  })
}

interface Row {
  readonly file: string
  readonly spooled: SpooledEvent
  /** Can it be sent with the key that this command has? */
  readonly isOwn: boolean
}

async function* rowsOf(
  spool: Spool,
  folder: EventFolder,
  names: readonly EventName[],
  key: string,
  own: OwnWords,
): AsyncGenerator<Row> {
  for (const name of names) {
    const read = await readEvent(spool, folder, name)
    switch (read?.kind) {
      case undefined:
        break
      case 'event':
        yield { file: name.file, spooled: read.spooled, isOwn: read.spooled.key === key }
        break
      case 'newer':
        own.warn(`${name.file} is of a newer version`)
        break
      case 'damaged':
      case 'unreadable':
        own.warn(`${name.file} ${read.problem}`)
        break
      default:
        read satisfies never
    }
  }
}

/** An array, a line an event, so that a large spool is not in memory as a whole. */
async function printJson(rows: AsyncGenerator<Row>): Promise<void> {
  let before = '[\n'
  for await (const { file, spooled, isOwn } of rows) {
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
      waitingForKey: isOwn ? undefined : spooled.key,
    }
    if (!print(`${before}${printableJson(line)}`)) return
    before = ',\n'
  }
  print(before === '[\n' ? '[]\n' : '\n]\n')
}

async function printTable(rows: AsyncGenerator<Row>, folder: EventFolder, now: number): Promise<void> {
  const line = (cells: readonly string[]) =>
    print(
      `${cells
        .map((cell, column) => cell.padEnd(WIDTHS[column] ?? 0))
        .join('  ')
        .trimEnd()}\n`,
    )
  let count = 0
  for await (const { spooled, isOwn } of rows) {
    if (count === 0 && !line(['AGE', 'MONITOR', 'STATE', 'TRIES', 'LAST ERROR'])) return
    count += 1
    const { event, occurredAt, tries, lastProblem = '-', refused } = spooled
    const cause = refused === undefined ? lastProblem : `${lastProblem}: ${refused.likelyCause}`
    const problem = isOwn ? cause : `${cause}; waits for the key ${spooled.key}`
    if (
      !line([
        roughDuration(now - occurredAt),
        printable(event.monitorKey),
        event.state,
        String(tries),
        printable(problem),
      ])
    )
      return
  }
  if (count === 0) print(folder === 'queue' ? 'Nothing waits.\n' : 'Nothing was refused.\n')
}

const WIDTHS = [7, 24, 8, 5] as const
