/** Colours of tables and differences, on a terminal only. */

import { isatty } from 'node:tty'
import { type ListPaint, plainList } from './list-table.ts'

/** chalk does not read NO_COLOR (https://no-color.org). */
export function hasColours(): boolean {
  return isatty(1) && !process.env.NO_COLOR
}

export async function listPaint(): Promise<ListPaint> {
  if (!hasColours()) return plainList
  const { default: chalk } = await import('chalk')
  return {
    heading: text => chalk.bold(text),
    monitored: text => chalk.green(text),
    unmonitored: text => chalk.yellow(text),
    faint: text => chalk.dim(text),
  }
}
