/** What `cronitor serve` has to do with the process that it runs in: its streams, its signals, its user. */

import type { Writable } from 'node:stream'
import { isatty } from 'node:tty'
import type { Environment } from '../../settings/sources.ts'

export interface ServeProcess {
  readonly stdout: Writable
  readonly stderr: Writable
  /** Is stdout a terminal, so that colours are of use? */
  readonly isTerminal: boolean
  /** Resolves when the server is to end. Once the signal is aborted nobody listens to it. */
  readonly stop: (signal: AbortSignal) => Promise<unknown>
  /** Calls `listener` each time that files are to be read anew, until the signal is aborted. */
  readonly onReload: (listener: () => void, signal: AbortSignal) => void
  readonly env: Environment
  readonly euid: number
}

export function currentProcess(): ServeProcess {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    // https://no-color.org; chalk does not look at it.
    isTerminal: isatty(1) && !process.env.NO_COLOR,
    // A second signal finds no listener and ends the process at once.
    stop: signal =>
      new Promise(resolve => {
        for (const name of ['SIGTERM', 'SIGINT'] as const) {
          process.once(name, resolve)
          signal.addEventListener('abort', () => process.off(name, resolve))
        }
      }),
    onReload: (listener, signal) => {
      process.on('SIGHUP', listener)
      signal.addEventListener('abort', () => process.off('SIGHUP', listener))
    },
    env: process.env,
    euid: process.geteuid?.() ?? 0,
  }
}
