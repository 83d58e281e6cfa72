/**
 * Makes text safe to show on a terminal, in a log, in the header of a mail, or on the page. Text from outside (monitor
 * keys, paths, environment variables, the job's output, the server's answers) must only be shown through these
 * functions.
 *
 * They replace by U+FFFD each character that is invisible but has an effect:
 *
 * - C0 controls, DEL and C1 controls: terminals obey them.
 * - U+2028 and U+2029: browsers and editors break the line there, so that one line looks like two.
 * - Bidirectional controls (UAX #9): they change the order in which a line is shown.
 * - Format characters without a shape, and characters that Unicode lets a font ignore (zero-width characters, the byte
 *   order mark, soft hyphens, fillers, tags, variation selectors): with them, two different names can look the same,
 *   and a name can hide text.
 * - Lone surrogates: they are not valid text, and encoders treat them differently.
 *
 * Some of these are needed to show a word or a picture, and are allowed in that place only: U+200C and U+200D between
 * letters of scripts that join (Persian, Hindi), U+200D between pictures (a family), U+FE0E and U+FE0F after a picture,
 * U+FE0F in a keycap. Visible characters are never replaced: right-to-left letters, format characters with a shape (the
 * Arabic number signs), private use characters.
 */

const REPLACEMENT = '\ufffd'

/**
 * The characters to replace. Ranges are faster than Unicode properties, and mean the same in each version of Node.js. A
 * function, so that the expression is only compiled when text is shown.
 */
function unseen(): RegExp {
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: each character is meant alone
  return /[\0-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{d800}-\u{dfff}\u{13430}-\u{1343f}\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu
}

/** One line. Line breaks and tabs become a space. */
export function printable(text: string): string {
  return replaceUnseen(text.replace(/[\t\n\r\u2028\u2029]+/g, ' '), () => REPLACEMENT)
}

/** Several lines: line feeds and tabs are kept, CR and CRLF become line feeds. */
export function printableLines(text: string): string {
  return replaceUnseen(text.replace(/\r\n?/g, '\n'), character =>
    character === '\n' || character === '\t' ? character : REPLACEMENT,
  )
}

/** JSON in one line, with these characters escaped. Programs parse it to the same value. */
export function printableJson(value: object): string {
  return replaceUnseen(JSON.stringify(value), escaped)
}

function replaceUnseen(text: string, replace: (character: string) => string): string {
  return text.replace(unseen(), (character, index: number) =>
    isNeeded(character, text, index) ? character : replace(character),
  )
}

/** True if the character joins the characters on its two sides. */
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
