/** Reads the names of signals. */

import { constants } from 'node:os'

export type ParsedSignal =
  | { readonly ok: true; readonly signal: NodeJS.Signals }
  | { readonly ok: false; readonly problem: string }

/** Reads `TERM`, `SIGTERM`, `term` or `15`, as kill(1) and GNU `timeout` do. */
export function parseSignal(text: string): ParsedSignal {
  const name = `SIG${text.toUpperCase().replace(/^SIG/, '')}`
  for (const [signal, number] of Object.entries(constants.signals)) {
    if (signal === name || String(number) === text) return { ok: true, signal: signal as NodeJS.Signals }
  }
  return { ok: false, problem: 'expected a signal such as TERM, INT or 9' }
}
