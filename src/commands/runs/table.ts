/** Runs as the lines of a table. */

import type { RunJson } from '../../server/api/run-json.ts'
import type { RunState } from '../../server/monitors/run-state.ts'
import { formatDuration } from '../../system/duration.ts'
import { printable } from '../../system/printable.ts'
import { lastLine } from '../../telemetry/last-line.ts'
import { fitted, fittedAtEnd, padded, textWidth } from '../terminal/text-width.ts'

/** Colours a cell of the table. */
export interface RunsPaint {
  readonly heading: (text: string) => string
  readonly state: (text: string, state: RunState) => string
  readonly faint: (text: string) => string
}

export const plain: RunsPaint = { heading: text => text, state: text => text, faint: text => text }

export interface RunsTable {
  /** The lines of some more runs, with the headings in front of the first ones. `columns` is how wide a line may be, where that is known. */
  readonly lines: (runs: readonly RunJson[], columns: number | undefined) => string[]
}

const NAMES = ['time', 'monitor', 'state', 'duration', 'status', 'host', 'env', 'message'] as const

type Name = (typeof NAMES)[number]

/** No column but the message's is made wider than this for a value. What is longer is cut on a terminal. */
const WIDEST: Readonly<Record<Name, number>> = {
  time: 19,
  monitor: 40,
  state: 8,
  duration: 14,
  status: 6,
  host: 24,
  env: 16,
  message: 0,
}

/** So that headings that come before the first run stand above what follows. */
const LEAST: Partial<Record<Name, number>> = { time: 19, monitor: 12, state: 8 }

const GAP = '  '

/** Left out one by one where a line has no room for a message of so many columns. */
const DISPENSABLE: readonly Name[] = ['env', 'host', 'status', 'duration']
const LEAST_MESSAGE = 24

export function createRunsTable(paint: RunsPaint): RunsTable {
  const widths: Record<Name, number> = { ...WIDEST }
  for (const name of NAMES) widths[name] = Math.max(name.length, LEAST[name] ?? 0)
  let isBegun = false

  return {
    lines(runs, columns) {
      const rows = runs.map(run => ({ run, cells: cellsOf(run) }))
      for (const { cells } of rows) {
        for (const name of NAMES) {
          widths[name] = Math.max(widths[name], Math.min(textWidth(cells[name]), WIDEST[name]))
        }
      }
      const shown = columns === undefined ? [...NAMES] : columnsThatFit(widths, columns)
      const line = (cellOf: (name: Name, width: number) => string) => {
        let used = 0
        const cells = shown.map(name => {
          const room = columns === undefined ? Number.POSITIVE_INFINITY : columns - used
          const width = name === 'message' ? room : Math.min(widths[name], room)
          used += width + GAP.length
          return cellOf(name, width)
        })
        return cells.join(GAP).trimEnd()
      }
      const fill = columns === undefined ? wholeCell : cell
      const heading = line((name, width) => paint.heading(fill(name.toUpperCase(), name, width)))
      const body = rows.map(({ run, cells }) =>
        line((name, width) => painted(fill(cells[name], name, width), name, run.state)),
      )
      const lines = isBegun ? body : [heading, ...body]
      isBegun = true
      return lines
    },
  }

  function painted(text: string, name: Name, state: RunState): string {
    if (name === 'state') return paint.state(text, state)
    return name === 'time' || name === 'host' || name === 'env' ? paint.faint(text) : text
  }
}

/** The last one is not padded: nothing stands behind it. Of a message the end says most. */
function cell(text: string, name: Name, width: number): string {
  return name === 'message' ? fittedAtEnd(text, width) : padded(fitted(text, width), width)
}

/** A program that reads it, or a file, has room for all of it. */
function wholeCell(text: string, name: Name, width: number): string {
  return name === 'message' ? text : padded(text, width)
}

function columnsThatFit(widths: Readonly<Record<Name, number>>, columns: number): Name[] {
  const shown = new Set<Name>(NAMES)
  const taken = () =>
    [...shown].reduce(
      (sum, name) => sum + (name === 'message' ? LEAST_MESSAGE : widths[name] + GAP.length),
      0,
    )
  for (const name of DISPENSABLE) if (taken() > columns) shown.delete(name)
  return [...shown]
}

function cellsOf(run: RunJson): Readonly<Record<Name, string>> {
  return {
    time: localTime(run.started_at ?? run.ended_at),
    monitor: printable(run.monitor),
    state: run.state,
    duration: run.duration === undefined ? '-' : shownDuration(run.duration),
    status: run.status_code === undefined ? '-' : String(run.status_code),
    host: printable(run.host || '-'),
    env: printable(run.env || '-'),
    message: lastLine(run.message),
  }
}

/** Milliseconds matter to what takes less than a minute. A metric of the job's own may be anything. */
function shownDuration(seconds: number): string {
  const ms = seconds < 60 ? seconds * 1000 : Math.round(seconds) * 1000
  return ms >= 0 && ms <= Number.MAX_SAFE_INTEGER ? formatDuration(ms) : `${seconds}s`
}

function localTime(iso: string | undefined): string {
  if (iso === undefined) return '-'
  const time = new Date(iso)
  const two = (number: number) => String(number).padStart(2, '0')
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`
}
