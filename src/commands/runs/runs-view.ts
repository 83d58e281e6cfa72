/** Prints runs on standard output: as a table, or as lines of JSON. */

import { isatty } from 'node:tty'
import type { RunJson } from '../../server/api/run-json.ts'
import { printableJson } from '../../system/printable.ts'
import type { Output } from '../terminal/output.ts'
import { createRunsTable, plain, type RunsPaint } from './table.ts'

export interface RunsView {
  /** Resolves with false once the output has ended: nobody reads it, or it cannot be written. */
  readonly show: (runs: readonly RunJson[]) => Promise<boolean>
  /** The exit status if the output has ended; else undefined. */
  readonly status: () => 0 | 1 | undefined
  readonly close: () => Promise<void>
}

export async function openRunsView(
  isJson: boolean,
  output: Output,
  warn: (problem: string) => void,
): Promise<RunsView> {
  const isTerminal = isatty(1)
  // chalk does not read NO_COLOR (https://no-color.org).
  const table = createRunsTable(isTerminal && !process.env.NO_COLOR ? await loadColours() : plain)
  let status: 0 | 1 | undefined
  return {
    async show(runs) {
      const lines = isJson
        ? runs.map(printableJson)
        : table.lines(runs, isTerminal ? process.stdout.columns || undefined : undefined)
      if (lines.length === 0) return status === undefined
      const written = await output.write(`${lines.join('\n')}\n`)
      switch (written.kind) {
        case 'written':
          break
        case 'unread':
        case 'stopped':
          status = 0
          break
        case 'failed':
          warn(`cannot write to standard output (${written.code})`)
          status = 1
          break
        default:
          written satisfies never
      }
      return status === undefined
    },
    status: () => status,
    close: output.close,
  }
}

async function loadColours(): Promise<RunsPaint> {
  const { default: chalk } = await import('chalk')
  const states = { running: chalk.cyan, complete: chalk.green, failed: chalk.red, lost: chalk.yellow }
  return {
    heading: text => chalk.bold(text),
    state: (text, state) => states[state](text),
    faint: text => chalk.dim(text),
  }
}
