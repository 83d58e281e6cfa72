import { constants } from 'node:os'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type JobSignals, passOnSignals } from '../../src/job/signals.ts'

const JOB = 4711

type Listener = (signal: NodeJS.Signals) => void

/** In place of the real signals: who listens, and what was sent. */
let listeners: Map<string, Set<Listener>>
let sent: (readonly [number, string])[]

beforeEach(() => {
  listeners = new Map()
  sent = []
  vi.spyOn(process, 'on').mockImplementation((name, listener) => {
    listeners.set(String(name), (listeners.get(String(name)) ?? new Set()).add(listener as Listener))
    return process
  })
  vi.spyOn(process, 'off').mockImplementation((name, listener) => {
    listeners.get(String(name))?.delete(listener as Listener)
    return process
  })
  vi.spyOn(process, 'kill').mockImplementation((pid, signal) => {
    sent.push([pid, String(signal)])
    return true
  })
})

afterEach(() => {
  vi.restoreAllMocks()
})

function raise(signal: NodeJS.Signals): void {
  for (const listener of [...(listeners.get(signal) ?? [])]) listener(signal)
}

interface Options {
  readonly early?: readonly NodeJS.Signals[]
  readonly ignored?: readonly NodeJS.Signals[]
  readonly ownGroup?: boolean
}

function passOn({ early = [], ignored = [], ownGroup = false }: Options = {}): JobSignals {
  const numbers = ignored.map(signal => constants.signals[signal])
  return passOnSignals(JOB, () => early, numbers, ownGroup)
}

/** The signals sent to the job, without the wrapper's signals to itself. */
function toJob(): readonly string[] {
  return sent.filter(([pid]) => Math.abs(pid) === JOB).map(([, signal]) => signal)
}

test('a signal to the wrapper is sent to the job', () => {
  passOn()
  raise('SIGTERM')
  raise('SIGUSR1')
  expect(sent.slice(1)).toEqual([
    [JOB, 'SIGTERM'],
    [JOB, 'SIGUSR1'],
  ])
})

test('signals from before the job are sent to it in their order', () => {
  passOn({ early: ['SIGHUP', 'SIGUSR2'] })
  expect(toJob()).toEqual(['SIGHUP', 'SIGUSR2'])
})

test('a job that leads a process group gets signals as a group, and the size of the window', () => {
  passOn({ ownGroup: true })
  raise('SIGTERM')
  raise('SIGWINCH')
  expect(sent.slice(1)).toEqual([
    [-JOB, 'SIGTERM'],
    [-JOB, 'SIGWINCH'],
  ])
})

test('TSTP stops the job, then the wrapper', () => {
  passOn()
  raise('SIGTSTP')
  expect(sent.slice(1)).toEqual([
    [JOB, 'SIGTSTP'],
    [process.pid, 'SIGTSTP'],
  ])
})

test('an ignored TSTP stops neither', () => {
  passOn({ ignored: ['SIGTSTP'] })
  raise('SIGTSTP')
  expect(sent.slice(1)).toEqual([])
})

test('after the job’s end nothing is sent to its process id, and TERM stops the wait for delivery', () => {
  const stopWaiting = vi.fn()
  const signals = passOn()
  signals.jobEnded({ kind: 'exited', status: 0, durationMs: 1 }, stopWaiting)
  raise('SIGUSR1')
  expect(stopWaiting).not.toHaveBeenCalled()
  raise('SIGTERM')
  expect(stopWaiting).toHaveBeenCalledOnce()
  expect(toJob()).toEqual([])
})

test('an ignored TERM does not stop the wait', () => {
  const stopWaiting = vi.fn()
  passOn({ ignored: ['SIGTERM'] }).jobEnded({ kind: 'exited', status: 0, durationMs: 1 }, stopWaiting)
  raise('SIGTERM')
  expect(stopWaiting).not.toHaveBeenCalled()
})

test('a signal that killed the job and reaches the wrapper a little later does not stop the wait; a second one does', () => {
  const stopWaiting = vi.fn()
  passOn().jobEnded({ kind: 'killed', signal: 'SIGTERM', durationMs: 1 }, stopWaiting)
  raise('SIGTERM')
  expect(stopWaiting).not.toHaveBeenCalled()
  raise('SIGTERM')
  expect(stopWaiting).toHaveBeenCalledOnce()
})

test('a job that could not be started gets no signal', () => {
  passOnSignals(undefined, () => ['SIGTERM'], [])
  raise('SIGHUP')
  expect(sent.filter(([pid]) => pid !== process.pid)).toEqual([])
})

test('after the job was started again, signals go to the new process', () => {
  const signals = passOn()
  signals.jobEnded({ kind: 'exited', status: 1, durationMs: 5 }, () => {})
  raise('SIGUSR1')
  signals.nextJob(JOB + 1)
  raise('SIGUSR2')
  expect(sent.filter(([pid]) => pid === JOB || pid === JOB + 1)).toEqual([[JOB + 1, 'SIGUSR2']])
})

test('the first of TERM, INT, HUP and QUIT asks to stop, also before anyone listens', () => {
  const signals = passOn({ ignored: ['SIGHUP'] })
  const stop = vi.fn()
  signals.onStopRequest(stop)
  raise('SIGUSR1')
  raise('SIGHUP')
  expect(stop).not.toHaveBeenCalled()
  raise('SIGINT')
  raise('SIGTERM')
  expect(stop.mock.calls).toEqual([['SIGINT']])

  const late = vi.fn()
  signals.onStopRequest(late)
  expect(late.mock.calls).toEqual([['SIGINT']])
})
