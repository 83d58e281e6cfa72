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
  /**
   * Calls `listener` on each SIGHUP, and for one that has arrived before. It does so until the process ends: SIGHUP must not
   * cut off the last requests.
   */
  readonly onReload: (listener: () => void) => void
  readonly env: Environment
  readonly euid: number
}

/** @param reloads if true, SIGHUP no longer ends the process, although `onReload` is called later */
export function currentProcess(reloads: boolean): ServeProcess {
  let hasReloadArrived = false
  const remember = () => {
    hasReloadArrived = true
  }
  if (reloads) process.on('SIGHUP', remember)
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
    onReload: listener => {
      process.on('SIGHUP', listener).off('SIGHUP', remember)
      if (hasReloadArrived) listener()
    },
    env: process.env,
    euid: process.geteuid?.() ?? 0,
  }
}
