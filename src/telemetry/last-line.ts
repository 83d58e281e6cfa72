/** The end of a message in one line: why a job failed stands in the last lines of what it has printed. */

import { printable } from '../system/printable.ts'

/** What the wrapper puts behind the output. It says less than the line before it, and so is shown with that one. */
const REASON = /^(exit status \d+|killed by SIG[A-Z0-9+]+|timed out after )/

/** `No space left on device · exit status 3`; of other messages the last line. Cut at its front to `most` code points. */
export function lastLine(message: string | undefined, most = Number.POSITIVE_INFINITY): string {
  const lines = (message ?? '')
    .split(/[\n\r\u2028\u2029]/)
    .map(line => line.trim())
    .filter(line => line !== '')
  const count = REASON.test(lines.at(-1) ?? '') ? 2 : 1
  const points = [...printable(lines.slice(-count).join(' · '))]
  return points.length <= most
    ? points.join('')
    : `…${withoutMarks(points.slice(points.length - most + 1).join(''))}`
}

/** Accents, joiners and skin tones whose character was cut off. */
function withoutMarks(text: string): string {
  return text.replace(/^(?:[\p{M}\p{Emoji_Modifier}\s]|\u200c|\u200d)+/u, '')
}
