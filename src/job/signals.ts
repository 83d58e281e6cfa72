/** Passes on to the job the signals that the wrapper receives. */

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

/** The terminal sends these to its foreground process group, which includes the job. */
const FROM_KEYBOARD: ReadonlySet<string> = new Set(['SIGINT', 'SIGQUIT'])

/** The terminal sends this one too. A job that leads its own group only gets it if it is passed on. */
const WINDOW_SIZE = 'SIGWINCH'

/** How long after the job's end Node.js may still report a signal that came before it, in milliseconds. */
const GRACE_MS = 250

/** Sent to this process to mark the end of earlier signals. Ignored by default, and not used for anything else here. */
const MARK = 'SIGURG'

/** After the job's end, these signals end the wait for the delivery of events. */
const STOPS_WAITING: ReadonlySet<string> = new Set(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'])

export interface JobSignals {
  /**
   * Call it when the job ends: its process id is not used after that. TERM, INT, HUP and QUIT then call `stopWaiting`.
   */
  jobEnded(end: JobEnd, stopWaiting: () => void): void
  /** From now on, signals are passed on to this process. Call it after `jobEnded`, if the job is started again. */
  nextJob(pid: number | undefined): void
  /** `stop` is called once, with the first TERM, INT, HUP or QUIT that the wrapper receives; at once if it has received one. */
  onStopRequest(stop: (signal: NodeJS.Signals) => void): void
}

/**
 * @param firstPid undefined if the job could not be started
 * @param release returns the signals that came before the job, and removes the listeners that collected them
 * @param ignored numbers of the signals that were ignored or blocked when the wrapper was started
 * @param ownGroup true if the job leads its own process group and session. Signals are then sent to the group, and the
 *   terminal's signals only reach the wrapper.
 */
export function passOnSignals(
  firstPid: number | undefined,
  release: () => readonly NodeJS.Signals[],
  ignored: readonly number[],
  ownGroup = false,
): JobSignals {
  let pid = firstPid
  let stopWaiting: (() => void) | undefined
  let isRunning = true
  /** True while signals from before the job's start may be reported: the terminal sent those to the wrapper only. */
  let isEarly = true
  const seen = new Set<NodeJS.Signals>()
  /** The signal that killed the job, until the wrapper receives it too. */
  let killedBy: NodeJS.Signals | undefined
  let endedAt = 0
  let stopRequest: NodeJS.Signals | undefined
  let onStopRequest = (_signal: NodeJS.Signals): void => {}

  function send(signal: NodeJS.Signals): void {
    if (!isRunning || pid === undefined) return
    try {
      process.kill(ownGroup ? -pid : pid, signal)
    } catch {
      // The job has just ended, or it runs as another user (sudo), to whom the wrapper may not send signals.
    }
  }

  function onSignal(signal: NodeJS.Signals): void {
    const isStopRequest = STOPS_WAITING.has(signal) && !ignored.includes(constants.signals[signal])
    if (isStopRequest && stopRequest === undefined) {
      stopRequest = signal
      onStopRequest(signal)
    }
    if (isRunning) {
      seen.add(signal)
      if (isEarly || !isFromKeyboard(signal)) send(signal)
    } else if (hasEndedJob(signal)) {
      killedBy = undefined
      seen.add(signal)
    } else if (isStopRequest) {
      stopWaiting?.()
    }
  }

  /**
   * True if the job got this signal too and was killed by it. A key of the terminal and a signal to the process group
   * reach both; Node.js may report the job's end first.
   */
  function hasEndedJob(signal: NodeJS.Signals): boolean {
    if (seen.has(signal) || monotonicMs() - endedAt > GRACE_MS) return false
    return signal === killedBy || isFromKeyboard(signal)
  }

  /** True if the terminal has sent the signal to the job as well. */
  function isFromKeyboard(signal: NodeJS.Signals): boolean {
    return !ownGroup && FROM_KEYBOARD.has(signal) && isInForeground()
  }

  /**
   * Stops the job, then the wrapper. CONT is passed on like other signals. If the terminal has stopped the job and a
   * CONT has just continued it, this stops it again; otherwise the next CONT discards this signal (POSIX, 2.4.1). TSTP
   * does not stop a process group without a parent in its session (POSIX, 2.4.3), so a job that leads its own group
   * gets STOP.
   */
  function onStop(): void {
    send(ownGroup ? 'SIGSTOP' : 'SIGTSTP')
    process.off('SIGTSTP', onStop)
    process.kill(process.pid, 'SIGTSTP')
    process.on('SIGTSTP', onStop)
  }

  for (const signal of ownGroup ? [...PASSED_ON, WINDOW_SIZE] : PASSED_ON) process.on(signal, onSignal)
  // If TSTP was ignored, Node.js has reset it to its default action, which stops the process.
  const ignoresStop = ignored.length > 0 && ignored.includes(constants.signals.SIGTSTP)
  process.on('SIGTSTP', ignoresStop ? () => {} : onStop)
  // Called after the listeners were added: without a listener a signal has its default action, and Node.js drops
  // signals that it has not reported yet.
  for (const signal of release()) {
    if (signal !== 'SIGTSTP') onSignal(signal)
    else if (!ignoresStop) onStop()
  }
  // Node.js reports signals that came during the job's start in the next turn of the event loop, in their order. A
  // signal from this process to itself marks their end.
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
    nextJob(next) {
      pid = next
      isRunning = true
      seen.clear()
      killedBy = undefined
      stopWaiting = undefined
    },
    onStopRequest(stop) {
      onStopRequest = stop
      if (stopRequest !== undefined) stop(stopRequest)
    },
  }
}
