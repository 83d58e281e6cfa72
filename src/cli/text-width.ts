/** How many columns of a terminal a text takes, and how much of it fits. */

/**
 * Characters that take two columns: those of East Asian width W or F (UAX #11), in the ranges of blocks in which all
 * are, and what is shown as a picture (UTS #51). Terminals differ in the rest.
 */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u

/** Takes no column: accents that stand on the letter before, joiners, variation selectors. */
const NO_COLUMN = /^[\p{Mn}\p{Me}\p{Cf}]$/u

/** Of text without control characters. */
export function textWidth(text: string): number {
  let width = 0
  for (const character of text) width += widthOf(character)
  return width
}

/** The text, or its beginning and `…`, so that it takes at most `width` columns; nothing where that is less than one. */
export function fitted(text: string, width: number): string {
  if (textWidth(text) <= width) return text
  if (width < 1) return ''
  let kept = ''
  let left = width - 1
  for (const character of text) {
    left -= widthOf(character)
    if (left < 0) break
    kept += character
  }
  return `${kept}…`
}

/** The text, or `…` and its end. What would stand on a character that was cut off is left out with it. */
export function fittedAtEnd(text: string, width: number): string {
  let left = textWidth(text)
  if (left <= width) return text
  if (width < 1) return ''
  let from = 0
  for (const character of text) {
    const taken = widthOf(character)
    if (left < width && taken > 0) break
    left -= taken
    from += character.length
  }
  return `…${text.slice(from)}`
}

export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)))
}

function widthOf(character: string): number {
  if (character >= ' ' && character <= '~') return 1
  if (NO_COLUMN.test(character)) return 0
  return WIDE.test(character) ? 2 : 1
}
