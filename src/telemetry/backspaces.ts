/** Applies backspaces as a terminal does: they move the cursor back, and the next characters overwrite. */

import { characterWidth } from '../system/character-width.ts'

/**
 * The line as a terminal shows it; `line` contains no CR and no LF. Backspaces stop at the start of the line. A tab counts as one
 * column, because its width depends on everything in front of it.
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

/** Marks the second column of a wide character. */
const SECOND = ''

function createRow(): Row {
  /** The character in each column, with its accents. */
  const cells: string[] = []
  /** Accents in front of the first column. */
  let inFront = ''
  let cursor = 0

  /** If one half of a wide character is overwritten, the other becomes a blank, as on a terminal. */
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
      const width = widthOf(character)
      if (width === 0) {
        if (cursor === 0) inFront += character
        else cells[cells[cursor - 1] === SECOND ? cursor - 2 : cursor - 1] += character
        return
      }
      for (let column = cursor; column < cursor + width; column += 1) clear(column)
      cells[cursor] = character
      if (width === 2) cells[cursor + 1] = SECOND
      cursor += width
    },
    text: () => inFront + cells.join(''),
  }
}

function widthOf(character: string): 0 | 1 | 2 {
  return character === '\t' ? 1 : characterWidth(character)
}
