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

/** The terminal sends these to its whole foreground process group, and so to the job as well. */
const FROM_KEYBOARD: ReadonlySet<string> = new Set(['SIGINT', 'SIGQUIT'])

/** From the terminal as well. A job that leads its own group does not get it, unless it is passed on. */
const WINDOW_SIZE = 'SIGWINCH'

/** Node.js may report a signal from before the job's end this much later than that end, in milliseconds. */
const GRACE_MS = 250

/** Marks the end of earlier signals. By default it is ignored, and nothing else uses it here. */
const MARK = 'SIGURG'

/** After the job's end, these stop the wait for delivery. */
const STOPS_WAITING: ReadonlySet<string> = new Set(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'])

export interface JobSignals {
  /** To be called at the job's end: its process id is not used from then on. TERM, INT, HUP and QUIT call `stopWaiting`. */
  jobEnded(end: JobEnd, stopWaiting: () => void): void
}

/**
 * @param pid undefined if the job could not be started
 * @param release returns the signals that came before the job, and removes the listeners that collected them
 * @param ignored numbers of the signals that were ignored or blocked from the start
 * @param ownGroup true if the job leads its own process group and session. The group gets the signals; the terminal sends
 * its signals to the wrapper only.
 */
export function passOnSignals(
  pid: number | undefined,
  release: () => readonly NodeJS.Signals[],
  ignored: readonly number[],
  ownGroup = false,
): JobSignals {
  let stopWaiting: (() => void) | undefined
  let isRunning = true
  /** True while signals from before the job may arrive: the terminal sent those to the wrapper only. */
  let isEarly = true
  const seen = new Set<NodeJS.Signals>()
  /** The signal that killed the job, if the wrapper has not seen it yet. */
  let killedBy: NodeJS.Signals | undefined
  let endedAt = 0

  function send(signal: NodeJS.Signals): void {
    if (!isRunning || pid === undefined) return
    try {
      process.kill(ownGroup ? -pid : pid, signal)
    } catch {
      // It has just ended, or it runs as another user (sudo), whom the wrapper may not signal.
    }
  }

  function onSignal(signal: NodeJS.Signals): void {
    if (isRunning) {
      seen.add(signal)
      if (isEarly || !isFromKeyboard(signal)) send(signal)
    } else if (hasEndedJob(signal)) {
      killedBy = undefined
      seen.add(signal)
    } else if (STOPS_WAITING.has(signal) && !ignored.includes(constants.signals[signal])) {
      stopWaiting?.()
    }
  }

  /**
   * True if the job got this signal too, and ended because of it. A key of the terminal and a signal to the whole group
   * reach both; Node.js may report the job's end first.
   */
  function hasEndedJob(signal: NodeJS.Signals): boolean {
    if (seen.has(signal) || monotonicMs() - endedAt > GRACE_MS) return false
    return signal === killedBy || isFromKeyboard(signal)
  }

  /** True if the terminal has sent it to the job as well. */
  function isFromKeyboard(signal: NodeJS.Signals): boolean {
    return !ownGroup && FROM_KEYBOARD.has(signal) && isInForeground()
  }

  /**
   * Stops the job, then the wrapper. CONT is passed on like other signals. If the terminal has stopped the job already and a
   * CONT has just continued it, this stops it again; otherwise this signal is discarded with the next CONT (POSIX, 2.4.1).
   * TSTP does not stop a group without a parent in its session (POSIX, 2.4.3): a job that leads one gets STOP.
   */
  function onStop(): void {
    send(ownGroup ? 'SIGSTOP' : 'SIGTSTP')
    process.off('SIGTSTP', onStop)
    process.kill(process.pid, 'SIGTSTP')
    process.on('SIGTSTP', onStop)
  }

  for (const signal of ownGroup ? [...PASSED_ON, WINDOW_SIZE] : PASSED_ON) process.on(signal, onSignal)
  // Node.js has reset an ignored TSTP to its default action, which stops the process.
  const ignoresStop = ignored.length > 0 && ignored.includes(constants.signals.SIGTSTP)
  process.on('SIGTSTP', ignoresStop ? () => {} : onStop)
  // Only now: without any listener a signal has its default action, and Node.js drops what it has not reported yet.
  for (const signal of release()) {
    if (signal !== 'SIGTSTP') onSignal(signal)
    else if (!ignoresStop) onStop()
  }
  // Signals that came while the job was starting are reported in the next turn of the event loop, in their order. A signal
  // to this process marks their end.
  const onMark = () => {
    isEarly = false
    process.off(MARK, onMark)
  }
  process.on(MARK, onMark)
  process.kill(process.pid, MARK)

  return {
    jobEnded(end, stop) {
      isRunning = false
      endedAt = monotonicMs()
      if (end.kind === 'killed' && !seen.has(end.signal)) killedBy = end.signal
      stopWaiting = stop
    },
  }
}
