/** Passes on to the job the signals that are sent to the wrapper. */

import { constants } from 'node:os'
import { isInForeground } from './foreground.ts'

const PASSED_ON = [
  'SIGTERM',
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGCONT',
  'SIGALRM',
] as const

/** Sent by the terminal to its whole foreground process group, hence to the job as well. */
const FROM_KEYBOARD: ReadonlySet<string> = new Set(['SIGINT', 'SIGQUIT'])

/** Signals that end the stay for delivery, once the job has ended. */
const END_THE_STAY = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const

export interface SignalRelay {
  /** The job has ended: its process id must not be signalled again. `leave` is called on TERM, INT, HUP, QUIT. */
  jobEnded(leave: () => void): void
}

/** `pid` is undefined where the job could not be started. `received` are signals that came before the job was there. `ignored` are numbers of signals ignored from the start. */
export function passOnSignals(
  pid: number | undefined,
  received: readonly NodeJS.Signals[],
  ignored: readonly number[],
): SignalRelay {
  let leave: (() => void) | undefined
  let running = true

  function send(signal: NodeJS.Signals): void {
    if (!running || pid === undefined) return
    try {
      process.kill(pid, signal)
    } catch {
      // It has ended this moment, or it is another user's (sudo): the wrapper may not signal it.
    }
  }

  function onSignal(signal: NodeJS.Signals): void {
    if (running) {
      if (!(FROM_KEYBOARD.has(signal) && isInForeground())) send(signal)
    } else if (
      END_THE_STAY.some(ending => ending === signal) &&
      !ignored.includes(constants.signals[signal])
    ) {
      leave?.()
    }
  }

  /** The job is stopped, then the wrapper in the same way; both go on with CONT, which is passed on as the others. */
  function onStop(): void {
    if (!isInForeground()) send('SIGTSTP')
    process.off('SIGTSTP', onStop)
    process.kill(process.pid, 'SIGTSTP')
    process.on('SIGTSTP', onStop)
  }

  for (const signal of PASSED_ON) process.on(signal, onSignal)
  if (!ignored.includes(constants.signals.SIGTSTP)) process.on('SIGTSTP', onStop)
  for (const signal of received) signal === 'SIGTSTP' ? onStop() : onSignal(signal)

  return {
    jobEnded(whenToldToLeave) {
      running = false
      leave = whenToldToLeave
    },
  }
}
