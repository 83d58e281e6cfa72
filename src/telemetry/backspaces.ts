/** A line with backspaces as a terminal shows it: they move the cursor back, and what follows overwrites. */

import { columnsOf } from './columns.ts'

/**
 * How many columns in front of the end of the line the cursor can be moved back; further backspaces do nothing. A terminal
 * stops at the start of its row. Without a limit, the start of a line whose front is missing would never be known.
 */
export const MAX_BACK_COLUMNS = 1024

/** Of a line without CR and LF. A tab counts as one column, since its width depends on all that is in front of it. */
export function afterBackspaces(line: string): string {
  if (!line.includes('\b')) return line
  const row = createRow()
  for (const character of line) row.put(character)
  return row.text()
}

/**
 * Of a line whose front is missing: a suffix of what the whole line would have given, as long as can be told.
 *
 * The cursor may stand up to MAX_BACK_COLUMNS in front of the end at first. Once so much is written, it is at the end, and
 * what is written from there on is known. Where backspaces lead in front of that, all is unknown again.
 */
export function afterBackspacesFrontCut(line: string): string {
  let unknown = MAX_BACK_COLUMNS
  let row: Row | undefined
  for (const character of line) {
    if (row !== undefined) {
      if (row.put(character)) continue
      unknown = row.columns() + 1
      row = undefined
    } else if (character === '\b') unknown = Math.min(MAX_BACK_COLUMNS, unknown + 1)
    else {
      const taken = widthOf(character)
      if (taken === 0) continue
      unknown -= taken
      if (unknown > 0) continue
      row = createRow(false)
      row.put(character)
    }
  }
  return row?.text() ?? ''
}

interface Row {
  /** False for a backspace in front of a row that does not begin the line; nothing is done then. */
  readonly put: (character: string) => boolean
  readonly columns: () => number
  readonly text: () => string
}

/** What stands in the second column of a wide character. */
const SECOND = ''

function createRow(beginsLine = true): Row {
  /** What stands in each column, with its accents. */
  const cells: string[] = []
  /** Accents in front of the first column. */
  let inFront = ''
  let cursor = 0

  /** A wide character that is overwritten by half leaves a blank, as on a terminal. */
  const clear = (column: number): void => {
    if (cells[column] === SECOND) cells[column - 1] = ' '
    if (cells[column + 1] === SECOND) cells[column + 1] = ' '
  }

  return {
    put(character) {
      if (character === '\b') {
        if (cursor > Math.max(0, cells.length - MAX_BACK_COLUMNS)) cursor -= 1
        else if (cursor === 0 && cells.length < MAX_BACK_COLUMNS && !beginsLine) return false
        return true
      }
      const taken = widthOf(character)
      if (taken === 0) {
        if (cursor === 0) inFront += beginsLine ? character : ''
        else cells[cells[cursor - 1] === SECOND ? cursor - 2 : cursor - 1] += character
        return true
      }
      for (let column = cursor; column < cursor + taken; column += 1) clear(column)
      cells[cursor] = character
      if (taken === 2) cells[cursor + 1] = SECOND
      cursor += taken
      return true
    },
    columns: () => cells.length,
    text: () => inFront + cells.join(''),
  }
}

function widthOf(character: string): 0 | 1 | 2 {
  return character === '\t' ? 1 : columnsOf(character)
}
