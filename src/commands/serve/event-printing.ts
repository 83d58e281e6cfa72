/** Prints each stored event as a line. */

import { eventJsonLine } from '../../server/api/event-json.ts'
import { eventLine, noPaint, type Paint } from '../../server/api/event-line.ts'
import type { Store } from '../../server/store/store.ts'
import type { ServeOptions } from './serve-options.ts'
import type { ServeOutput } from './serve-output.ts'

/** `isTerminal`: stdout is a terminal that shows colours. */
export async function printEvents(
  store: Pick<Store, 'onStored'>,
  { json, quiet }: Pick<ServeOptions, 'json' | 'quiet'>,
  output: Pick<ServeOutput, 'lines'>,
  isTerminal: boolean,
): Promise<void> {
  if (quiet === true) return
  if (json === true) {
    store.onStored(({ events }) => output.lines(events.map(event => eventJsonLine(event))))
    return
  }
  const paint = isTerminal ? await loadColours() : noPaint
  store.onStored(({ events }) => output.lines(events.map(event => eventLine(event, paint))))
}

async function loadColours(): Promise<Paint> {
  const { default: chalk } = await import('chalk')
  const states = { run: chalk.cyan, complete: chalk.green, ok: chalk.green, fail: chalk.red }
  return { state: (text, state) => states[state](text), faint: text => chalk.dim(text) }
}
