/** How many columns of a terminal a character occupies. */

/**
 * Characters of two columns: those of East Asian width W or F (UAX #11), as ranges of blocks in which all characters
 * are, and those that are shown as a picture (UTS #51). Terminals differ about the rest.
 */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u

/** Characters without a column of their own: accents on the letter before, joiners, variation selectors. */
const NO_COLUMN = /^[\p{Mn}\p{Me}\p{Cf}]$/u

/** The columns of one code point, which is no control character. */
export function characterWidth(character: string): 0 | 1 | 2 {
  if (character >= ' ' && character <= '~') return 1
  if (NO_COLUMN.test(character)) return 0
  return WIDE.test(character) ? 2 : 1
}
