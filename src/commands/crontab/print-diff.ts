/** Prints a difference: as bytes for patch(1), on a terminal as safe text with colours. */

import { isatty } from 'node:tty'
import { printableLines } from '../../system/printable.ts'
import { hasColours } from '../terminal/has-colours.ts'
import { print, printBytes } from '../terminal/print.ts'
import { utf8 } from './crontab-bytes.ts'

/** @param diff one character a byte */
export async function printDiff(diff: string): Promise<void> {
  if (!isatty(1)) {
    printBytes(Buffer.from(diff, 'latin1'))
    return
  }
  const text = printableLines(utf8(diff))
  if (!hasColours()) {
    print(text)
    return
  }
  const { default: chalk } = await import('chalk')
  const paint = (line: string) => {
    if (/^(?:---|\+\+\+) /.test(line)) return chalk.bold(line)
    if (line.startsWith('@@')) return chalk.cyan(line)
    if (line.startsWith('-')) return chalk.red(line)
    return line.startsWith('+') ? chalk.green(line) : line
  }
  print(text.split('\n').map(paint).join('\n'))
}
