/** How many columns of a terminal a text takes, and how much of it fits. */

import { characterWidth } from '../../system/character-width.ts'

/** Of text without control characters. */
export function textWidth(text: string): number {
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

/** The text, or its beginning and `…`, so that it takes at most `width` columns; nothing where that is less than one. */
export function fitted(text: string, width: number): string {
  if (textWidth(text) <= width) return text
  if (width < 1) return ''
  let kept = ''
  let left = width - 1
  for (const character of text) {
    left -= characterWidth(character)
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
    const taken = characterWidth(character)
    if (left < width && taken > 0) break
    left -= taken
    from += character.length
  }
  return `…${text.slice(from)}`
}

export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)))
}
