/** Shortens a message to its last line, which usually says why a job failed. */

import { printable } from '../system/printable.ts'

/** The reason that the wrapper appends. The line before it says more, so both are kept. */
const REASON = /^(exit status \d+|killed by SIG[A-Z0-9+]+|timed out after )/

/** `No space left on device · exit status 3`, or the last line of other messages. Cut at its front to `maxLength` code points. */
export function lastLine(message: string | undefined, maxLength = Number.POSITIVE_INFINITY): string {
  const lines = (message ?? '')
    .split(/[\n\r\u2028\u2029]/)
    .map(line => line.trim())
    .filter(line => line !== '')
  const count = REASON.test(lines.at(-1) ?? '') ? 2 : 1
  const points = [...printable(lines.slice(-count).join(' · '))]
  return points.length <= maxLength
    ? points.join('')
    : `…${withoutMarks(points.slice(points.length - maxLength + 1).join(''))}`
}

/** Removes accents, joiners and skin tones whose character was cut off. */
function withoutMarks(text: string): string {
  return text.replace(/^(?:[\p{M}\p{Emoji_Modifier}\s]|\u200c|\u200d)+/u, '')
}
