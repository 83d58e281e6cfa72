/**
 * Finds characters that may not be shown, by Unicode’s properties: another definition than that of
 * src/system/printable.ts.
 */

/** Format characters that have a shape (Prepended_Concatenation_Mark, which regular expressions do not know). */
const HAS_A_SHAPE = /[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}]/u

/** Joiners between letters that join, joiners and variation selectors of pictures. */
const NEEDED =
  /(?<=[\p{L}\p{M}])[\u200c\u200d](?=[\p{L}\p{M}])|(?<=\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]?)\u200d(?=\p{Extended_Pictographic})|(?<=\p{Extended_Pictographic})[\ufe0e\ufe0f]|(?<=[0-9#*])\ufe0f(?=\u20e3)/gu

/** Scripts that have no use for joiners. */
const NO_JOINERS =
  /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Han}\p{Script=Hebrew}][\u200c\u200d]/gu

/** The code points, as `U+202E`, that a reader of `text` does not see. */
export function invisibleCharactersIn(text: string): string[] {
  const found = [...text.replace(NEEDED, '')].filter(
    character =>
      /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Cf}\p{Default_Ignorable_Code_Point}]/u.test(character) &&
      !HAS_A_SHAPE.test(character),
  )
  return [...found, ...(text.match(NO_JOINERS) ?? [])].map(
    character =>
      `U+${(character.codePointAt(character.length > 1 ? character.length - 1 : 0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`,
  )
}
