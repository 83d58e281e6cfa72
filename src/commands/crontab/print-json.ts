/** Prints a JSON array with one entry a line. */

import { printableJson } from '../../system/printable.ts'
import { print } from '../terminal/print.ts'

export function printJsonArray(entries: readonly object[]): void {
  print(entries.length === 0 ? '[]\n' : `[\n${entries.map(printableJson).join(',\n')}\n]\n`)
}
