/** Receives signals while the wrapper waits, before the job starts. There is no job yet that they could be passed on to. */

import { constants } from 'node:os'

/** Without a job, these end the wrapper, as they would end `sleep`. */
const ENDING = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGALRM'] as const

export interface SignalsBeforeJob {
  /** Aborts at the first signal that ends the wrapper. */
  readonly stopped: AbortSignal
  /** The signal that ends the wrapper. */
  readonly endedBy: () => NodeJS.Signals | undefined
  /** Call it when the wait is over. Signals are then collected for the job. */
  readonly waitIsOver: () => void
  /** Stops listening, and returns the collected signals. Call it once other handlers are in place. */
  readonly release: () => NodeJS.Signals[]
}

/**
 * @param release returns the signals that came before, and removes the listeners that collected them
 * @param ignored numbers of the signals that were ignored or blocked when the wrapper was started
 */
export function receiveBeforeJob(
  release: () => readonly NodeJS.Signals[],
  ignored: readonly number[],
): SignalsBeforeJob {
  const stopped = new AbortController()
  const collected: NodeJS.Signals[] = []
  let endedBy: NodeJS.Signals | undefined
  let isWaiting = true

  function onSignal(signal: NodeJS.Signals): void {
    if (!isWaiting) {
      collected.push(signal)
      return
    }
    if (ignored.includes(constants.signals[signal])) return
    endedBy ??= signal
    stopped.abort()
  }

  /** Stops the wrapper. Without a listener, the signal has its default action. */
  function onStop(): void {
    if (!isWaiting) collected.push('SIGTSTP')
    else if (!ignored.includes(constants.signals.SIGTSTP)) {
      process.off('SIGTSTP', onStop)
      process.kill(process.pid, 'SIGTSTP')
      process.on('SIGTSTP', onStop)
    }
  }

  // CONT continues the wrapper without a listener; there is nothing to pass on.
  for (const signal of ENDING) process.on(signal, onSignal)
  process.on('SIGTSTP', onStop)
  for (const signal of release()) {
    if (signal === 'SIGTSTP') onStop()
    else if (signal !== 'SIGCONT') onSignal(signal)
  }
  return {
    stopped: stopped.signal,
    endedBy: () => endedBy,
    waitIsOver() {
      isWaiting = false
    },
    release() {
      for (const signal of ENDING) process.off(signal, onSignal)
      process.off('SIGTSTP', onStop)
      return collected
    },
  }
}
