/** Passes on to the job the signals that are sent to the wrapper. */

import { constants } from 'node:os'
import { monotonicMs } from '../system/clock.ts'
import { isInForeground } from './foreground.ts'
import type { JobEnd } from './job-end.ts'

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

/** Sent by the terminal to its foreground process group, which a job that leads a group of its own is not in. */
const WINDOW_SIZE = 'SIGWINCH'

/** How late after the job's end a signal may be told of that came before it, in milliseconds. */
const GRACE_MS = 250

/** Ignored by default, and nobody else's business here. */
const MARK = 'SIGURG'

/** Signals that end the stay for delivery, once the job has ended. */
const END_THE_STAY = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const

export interface SignalRelay {
  /** The job has ended: its process id must not be signalled again. `leave` is called on TERM, INT, HUP, QUIT. */
  jobEnded(end: JobEnd, leave: () => void): void
}

/**
 * `pid` is undefined where the job could not be started. `release` gives the signals that came before the job was there,
 * and takes away the listeners that kept them. `ignored` are numbers of signals ignored or blocked from the start. With `ownGroup`
 * the job leads a process group, which gets the signals, and a session that has no terminal: those of the terminal reach
 * the wrapper alone.
 */
export function passOnSignals(
  pid: number | undefined,
  release: () => readonly NodeJS.Signals[],
  ignored: readonly number[],
  ownGroup = false,
): SignalRelay {
  let leave: (() => void) | undefined
  let running = true
  /** True as long as a signal may have come before the job was there: the terminal then sent it to the wrapper alone. */
  let early = true
  const seen = new Set<NodeJS.Signals>()
  /** The signal that killed the job, if it did not come by way of the wrapper. */
  let late: NodeJS.Signals | undefined
  let endedAt = 0

  function send(signal: NodeJS.Signals): void {
    if (!running || pid === undefined) return
    try {
      process.kill(ownGroup ? -pid : pid, signal)
    } catch {
      // It has ended this moment, or it is another user's (sudo): the wrapper may not signal it.
    }
  }

  function onSignal(signal: NodeJS.Signals): void {
    if (running) {
      seen.add(signal)
      if (early || !isFromKeyboard(signal)) send(signal)
    } else if (isTheJobs(signal)) {
      late = undefined
      seen.add(signal)
    } else if (
      END_THE_STAY.some(ending => ending === signal) &&
      !ignored.includes(constants.signals[signal])
    ) {
      leave?.()
    }
  }

  /**
   * Is this what made the job end? A key of the terminal, or a signal to the whole group, is sent to both; and Node.js,
   * whose threads share the signals, may tell of the job's end first.
   */
  function isTheJobs(signal: NodeJS.Signals): boolean {
    if (seen.has(signal) || monotonicMs() - endedAt > GRACE_MS) return false
    return signal === late || isFromKeyboard(signal)
  }

  /** Has the terminal sent it to the job as well? */
  function isFromKeyboard(signal: NodeJS.Signals): boolean {
    return !ownGroup && FROM_KEYBOARD.has(signal) && isInForeground()
  }

  /**
   * The job is stopped, then the wrapper in the same way; both go on with CONT, which is passed on as the others. Where
   * the terminal has stopped the job already, a CONT passed on just now may have let it go on again; else this one is
   * dropped with the next CONT (POSIX, 2.4.1). A group without a parent in its session is not stopped by TSTP
   * (POSIX, 2.4.3), so a job that leads one gets STOP.
   */
  function onStop(): void {
    send(ownGroup ? 'SIGSTOP' : 'SIGTSTP')
    process.off('SIGTSTP', onStop)
    process.kill(process.pid, 'SIGTSTP')
    process.on('SIGTSTP', onStop)
  }

  for (const signal of ownGroup ? [...PASSED_ON, WINDOW_SIZE] : PASSED_ON) process.on(signal, onSignal)
  // Node.js has given an ignored signal its default action, which is to stop.
  const ignoresStop = ignored.length > 0 && ignored.includes(constants.signals.SIGTSTP)
  process.on('SIGTSTP', ignoresStop ? () => {} : onStop)
  // With its last listener a signal gets its default action back, and Node.js forgets what came and was not told yet:
  // the old listeners go when the new ones are there.
  for (const signal of release()) {
    if (signal !== 'SIGTSTP') onSignal(signal)
    else if (!ignoresStop) onStop()
  }
  // What came while the job was being started is told in the next turn of the event loop, in the order in which it came:
  // a signal of our own marks its end.
  const mark = () => {
    early = false
    process.off(MARK, mark)
  }
  process.on(MARK, mark)
  process.kill(process.pid, MARK)

  return {
    jobEnded(end, whenToldToLeave) {
      running = false
      endedAt = monotonicMs()
      if (end.kind === 'killed' && !seen.has(end.signal)) late = end.signal
      leave = whenToldToLeave
    },
  }
}
