/** Formats the jobs of crontabs as the lines of a table. */

import { fitted, padded, textWidth } from '../terminal/text-width.ts'

const NAMES = ['next', 'schedule', 'user', 'monitor', 'where', 'command'] as const

type Name = (typeof NAMES)[number]

/** What the cells show. Texts are printable. */
export type ListCells = Readonly<Record<Name, string>>

export interface ListRow {
  readonly cells: ListCells
  /** Undefined for what belongs to the job above. */
  readonly isMonitored: boolean | undefined
}

/** Adds colours to a cell. */
export interface ListPaint {
  readonly heading: (text: string) => string
  readonly monitored: (text: string) => string
  readonly unmonitored: (text: string) => string
  readonly faint: (text: string) => string
}

export const plainList: ListPaint = {
  heading: text => text,
  monitored: text => text,
  unmonitored: text => text,
  faint: text => text,
}

/** The largest width of each column; longer values are cut on a terminal. The command takes the rest of the line. */
const MAX_WIDTHS: Readonly<Record<Name, number>> = {
  next: 38,
  schedule: 36,
  user: 16,
  monitor: 32,
  where: 32,
  command: 0,
}

const GAP = '  '

/** Columns to leave out, in this order, until the command has MIN_COMMAND_WIDTH columns. */
const DISPENSABLE: readonly Name[] = ['user', 'where', 'next']
const MIN_COMMAND_WIDTH = 20

/** @param columns the width of the terminal; undefined for no limit */
export function listTable(rows: readonly ListRow[], columns: number | undefined, paint: ListPaint): string[] {
  const widths: Record<Name, number> = { ...MAX_WIDTHS }
  for (const name of NAMES) {
    const longest = Math.max(name.length, ...rows.map(({ cells }) => textWidth(cells[name])))
    widths[name] = columns === undefined ? longest : Math.min(longest, MAX_WIDTHS[name])
  }
  const shown = columns === undefined ? NAMES : columnsThatFit(widths, columns)
  const line = (cellOf: (name: Name, width: number) => string) => {
    let used = 0
    return shown
      .map(name => {
        const room = columns === undefined ? Number.POSITIVE_INFINITY : Math.max(0, columns - used)
        const width = name === 'command' ? room : Math.min(widths[name], room)
        used += width + GAP.length
        return cellOf(name, width)
      })
      .join(GAP)
      .trimEnd()
  }
  const fill = (text: string, name: Name, width: number) =>
    name === 'command' ? fitted(text, width) : padded(fitted(text, width), width)
  return [
    line((name, width) => paint.heading(fill(name.toUpperCase(), name, width))),
    ...rows.map(row => line((name, width) => painted(fill(row.cells[name], name, width), name, row, paint))),
  ]
}

function painted(text: string, name: Name, { isMonitored }: ListRow, paint: ListPaint): string {
  if (name === 'where' || name === 'user') return paint.faint(text)
  if (name !== 'monitor' || isMonitored === undefined) return text
  return isMonitored ? paint.monitored(text) : paint.unmonitored(text)
}

function columnsThatFit(widths: Readonly<Record<Name, number>>, columns: number): readonly Name[] {
  const shown = new Set<Name>(NAMES)
  const width = () =>
    [...shown].reduce(
      (sum, name) => sum + (name === 'command' ? MIN_COMMAND_WIDTH : widths[name] + GAP.length),
      0,
    )
  for (const name of DISPENSABLE) if (width() > columns) shown.delete(name)
  return [...shown]
}
