/**
 * Text that is safe to show: on a terminal, in a log, in the header of a mail, on the page. What comes from outside (a
 * monitor key, a path, an environment variable, a job's output, a server's answer) is shown through these functions only.
 *
 * Replaced by U+FFFD is each character that a reader cannot see and that has an effect all the same:
 *
 * - C0 controls, DEL and C1 controls: terminals obey them.
 * - U+2028 and U+2029: line breaks to browsers and editors, so one line would look like two.
 * - Bidirectional controls (UAX #9): they show a line in another order than it has.
 * - Format characters without a shape of their own and what Unicode lets a font ignore (zero-width characters, the byte
 *   order mark, soft hyphens, fillers, tags, variation selectors): two different names would look the same, or a name
 *   would hide text.
 * - Lone surrogates: they are no text, and each encoder makes something else of them.
 *
 * Kept are the few of these without which a word or a picture falls apart, and only in that place: U+200C and U+200D
 * between letters of the scripts that join (Persian, Hindi), U+200D between pictures (a family), U+FE0E and U+FE0F behind a
 * picture, U+FE0F in a keycap. Letters that are written from right to left, format characters that have a shape (the Arabic
 * number signs) and private use characters stay too: they are seen.
 */

const REPLACEMENT = '\ufffd'

/**
 * The class. Ranges and no properties of Unicode: they cost less, and mean the same on each Node.js. Hidden in a function,
 * so that it is compiled only when something is shown.
 */
function unseen(): RegExp {
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: each character is meant alone
  return /[\0-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{d800}-\u{dfff}\u{13430}-\u{1343f}\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu
}

/** One line. White space that breaks a line or a column is one space. */
export function printable(text: string): string {
  return replaceUnseen(text.replace(/[\t\n\r\u2028\u2029]+/g, ' '), () => REPLACEMENT)
}

/** Several lines: line feeds and tabs stay, CR and CRLF are line feeds. */
export function printableLines(text: string): string {
  return replaceUnseen(text.replace(/\r\n?/g, '\n'), character =>
    character === '\n' || character === '\t' ? character : REPLACEMENT,
  )
}

/** JSON in one line, in which these characters are escaped: it says the same to a program. */
export function printableJson(value: object): string {
  return replaceUnseen(JSON.stringify(value), escaped)
}

function replaceUnseen(text: string, replace: (character: string) => string): string {
  return text.replace(unseen(), (character, index: number) =>
    isNeeded(character, text, index) ? character : replace(character),
  )
}

/** Does the character hold together what stands on its two sides? */
function isNeeded(character: string, text: string, index: number): boolean {
  const before = text.slice(Math.max(0, index - 4), index)
  const behind = text.slice(index + 1, index + 3)
  switch (character) {
    case '\u200c':
      return areJoiningLetters(before, behind)
    case '\u200d':
      return areJoiningLetters(before, behind) || arePictures(before, behind)
    case '\ufe0e':
      return /\p{Extended_Pictographic}$/u.test(before)
    case '\ufe0f':
      return /\p{Extended_Pictographic}$/u.test(before) || (/[0-9#*]$/.test(before) && behind[0] === '\u20e3')
    default:
      return false
  }
}

/** Letters and marks of the blocks from Arabic to Myanmar, Khmer and Mongolian. */
function areJoiningLetters(before: string, behind: string): boolean {
  return (
    /[\u0620-\u109f\u1780-\u17dd\u1820-\u18af]$/.test(before) &&
    /^[\u0620-\u109f\u1780-\u17dd\u1820-\u18af]/.test(behind) &&
    /[\p{L}\p{M}]$/u.test(before) &&
    /^[\p{L}\p{M}]/u.test(behind)
  )
}

function arePictures(before: string, behind: string): boolean {
  return (
    /\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]?$/u.test(before) &&
    /^\p{Extended_Pictographic}/u.test(behind)
  )
}

function escaped(character: string): string {
  return character
    .split('')
    .map(unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
}
