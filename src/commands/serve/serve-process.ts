/** What `cronitor serve` uses of its process: streams, signals, environment and user. Tests replace it. */

import type { Writable } from 'node:stream'
import { isatty } from 'node:tty'
import type { Environment } from '../../settings/sources.ts'

export interface ServeProcess {
  readonly stdout: Writable
  readonly stderr: Writable
  /** True if stdout is a terminal that shows colours. */
  readonly isTerminal: boolean
  /** Resolves when the server must end. Stops listening for signals when `signal` is aborted. */
  readonly stop: (signal: AbortSignal) => Promise<unknown>
  /** Calls `listener` on each SIGHUP, until `signal` is aborted. */
  readonly onReload: (listener: () => void, signal: AbortSignal) => void
  readonly env: Environment
  readonly euid: number
}

export function currentProcess(): ServeProcess {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    // https://no-color.org; chalk ignores it.
    isTerminal: isatty(1) && !process.env.NO_COLOR,
    // After the first signal there is no listener, so that a second one ends the process at once.
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
