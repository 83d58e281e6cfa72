/** Colours of tables, on a terminal only. */

import { hasColours } from '../terminal/has-colours.ts'
import { type ListPaint, plainList } from './list-table.ts'

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
