/** Whether standard output gets colours. */

import { isatty } from 'node:tty'

/** On a terminal only. chalk does not read NO_COLOR (https://no-color.org). */
export function hasColours(): boolean {
  return isatty(1) && !process.env.NO_COLOR
}
