/** Formats runs as the lines of a table. */

import type { RunJson } from '../../server/api/run-json.ts'
import type { RunState } from '../../server/monitors/run-state.ts'
import { formatDuration } from '../../system/duration.ts'
import { printable } from '../../system/printable.ts'
import { lastLine } from '../../telemetry/last-line.ts'
import { fitted, fittedAtEnd, padded, textWidth } from '../terminal/text-width.ts'

/** Adds colours to a cell of the table. */
export interface RunsPaint {
  readonly heading: (text: string) => string
  readonly state: (text: string, state: RunState) => string
  readonly faint: (text: string) => string
}

export const plain: RunsPaint = { heading: text => text, state: text => text, faint: text => text }

export interface RunsTable {
  /**
   * The lines of further runs; the first call puts the headings before them. `columns` is the width of the terminal;
   * undefined for no limit.
   */
  readonly lines: (runs: readonly RunJson[], columns: number | undefined) => string[]
}

const NAMES = ['time', 'monitor', 'state', 'duration', 'status', 'host', 'env', 'message'] as const

type Name = (typeof NAMES)[number]

/** The largest width of each column; longer values are cut on a terminal. The message takes the rest of the line. */
const MAX_WIDTHS: Readonly<Record<Name, number>> = {
  time: 19,
  monitor: 40,
  state: 8,
  duration: 14,
  status: 6,
  host: 24,
  env: 16,
  message: 0,
}

/** Widths that suit most runs, for headings that are printed before the first run. */
const MIN_WIDTHS: Partial<Record<Name, number>> = { time: 19, monitor: 12, state: 8 }

const GAP = '  '

/** Columns to leave out, in this order, until the message has MIN_MESSAGE_WIDTH columns. */
const DISPENSABLE: readonly Name[] = ['env', 'host', 'status', 'duration']
const MIN_MESSAGE_WIDTH = 24

export function createRunsTable(paint: RunsPaint): RunsTable {
  const widths: Record<Name, number> = { ...MAX_WIDTHS }
  for (const name of NAMES) widths[name] = Math.max(name.length, MIN_WIDTHS[name] ?? 0)
  let hasHeadings = false

  return {
    lines(runs, columns) {
      const rows = runs.map(run => ({ run, cells: cellsOf(run) }))
      for (const { cells } of rows) {
        for (const name of NAMES) {
          widths[name] = Math.max(widths[name], Math.min(textWidth(cells[name]), MAX_WIDTHS[name]))
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
      const lines = hasHeadings ? body : [heading, ...body]
      hasHeadings = true
      return lines
    },
  }

  function painted(text: string, name: Name, state: RunState): string {
    if (name === 'state') return paint.state(text, state)
    return name === 'time' || name === 'host' || name === 'env' ? paint.faint(text) : text
  }
}

/** A message is the last cell, so it is not padded. Its end is shown, because that usually says most. */
function cell(text: string, name: Name, width: number): string {
  return name === 'message' ? fittedAtEnd(text, width) : padded(fitted(text, width), width)
}

/** Not cut: the output is not a terminal. */
function wholeCell(text: string, name: Name, width: number): string {
  return name === 'message' ? text : padded(text, width)
}

function columnsThatFit(widths: Readonly<Record<Name, number>>, columns: number): Name[] {
  const shown = new Set<Name>(NAMES)
  const width = () =>
    [...shown].reduce(
      (sum, name) => sum + (name === 'message' ? MIN_MESSAGE_WIDTH : widths[name] + GAP.length),
      0,
    )
  for (const name of DISPENSABLE) if (width() > columns) shown.delete(name)
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

/** With milliseconds below a minute. The metric `duration` comes from the job, so any number is possible. */
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
