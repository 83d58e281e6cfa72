/** Measures text in terminal columns, and shortens or pads it to a width. */

import { characterWidth } from '../../system/character-width.ts'

/** `text` contains no control characters. */
export function textWidth(text: string): number {
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

/** The text, or its start and `…`, in at most `width` columns; empty if `width` is less than 1. */
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

/** The text, or `…` and its end, in at most `width` columns. Accents of a removed character are removed too. */
export function fittedAtEnd(text: string, width: number): string {
  let left = textWidth(text)
  if (left <= width) return text
  if (width < 1) return ''
  let from = 0
  for (const character of text) {
    const columns = characterWidth(character)
    if (left < width && columns > 0) break
    left -= columns
    from += character.length
  }
  return `…${text.slice(from)}`
}

export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)))
}
