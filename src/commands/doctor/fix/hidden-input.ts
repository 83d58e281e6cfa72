/** What is typed or pasted into a terminal in raw mode, where nothing is shown. */

export type HiddenInput =
  | { readonly kind: 'more' }
  | { readonly kind: 'line'; readonly text: string }
  /** Ctrl-C, or Ctrl-\. */
  | { readonly kind: 'cancelled' }
  /** Ctrl-D in an empty line. */
  | { readonly kind: 'ended' }

/** Keys that move the cursor and the marks around pasted text (ECMA-48, control sequences). */
const CONTROL_SEQUENCE = /\x1b(?:\[[0-?]*[ -/]*[@-~]|O[A-Z])/g

const MORE: HiddenInput = { kind: 'more' }

/** Returns a function that takes the characters as they come. */
export function createHiddenInput(): (characters: string) => HiddenInput {
  let text = ''
  return characters => {
    for (const character of characters.replace(CONTROL_SEQUENCE, '')) {
      switch (character) {
        case '\r':
        case '\n':
          return { kind: 'line', text }
        case '\x03':
        case '\x1c':
          return { kind: 'cancelled' }
        case '\x04':
          if (text === '') return { kind: 'ended' }
          break
        // Backspace sends either.
        case '\x7f':
        case '\b':
          text = text.slice(0, -1)
          break
        // Ctrl-U and Ctrl-W.
        case '\x15':
        case '\x17':
          text = ''
          break
        default:
          if (character >= ' ') text += character
      }
    }
    return MORE
  }
}
