/** A line with backspaces as a terminal shows it: they move the cursor back, and what follows overwrites. */

import { characterWidth } from '../system/character-width.ts'

/**
 * Of a line without CR and LF. Backspaces stop at its start, as on a terminal. The result never has more columns than were
 * written. A tab counts as one column, since its width depends on all that is in front of it.
 */
export function afterBackspaces(line: string): string {
  if (!line.includes('\b')) return line
  const row = createRow()
  for (const character of line) row.put(character)
  return row.text()
}

interface Row {
  readonly put: (character: string) => void
  readonly text: () => string
}

/** What stands in the second column of a wide character. */
const SECOND = ''

function createRow(): Row {
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
        if (cursor > 0) cursor -= 1
        return
      }
      const taken = widthOf(character)
      if (taken === 0) {
        if (cursor === 0) inFront += character
        else cells[cells[cursor - 1] === SECOND ? cursor - 2 : cursor - 1] += character
        return
      }
      for (let column = cursor; column < cursor + taken; column += 1) clear(column)
      cells[cursor] = character
      if (taken === 2) cells[cursor + 1] = SECOND
      cursor += taken
    },
    text: () => inFront + cells.join(''),
  }
}

function widthOf(character: string): 0 | 1 | 2 {
  return character === '\t' ? 1 : characterWidth(character)
}
