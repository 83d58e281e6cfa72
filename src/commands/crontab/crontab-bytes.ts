/** The texts of a crontab, whose characters are bytes (latin1), and texts of people. */

import { printable } from '../../system/printable.ts'

/** Text of a crontab, whose characters are bytes, as people read it. */
export function shownText(text: string): string {
  return printable(utf8(text))
}

export function utf8(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

export function latin1(text: string): string {
  return Buffer.from(text).toString('latin1')
}
