import { constants } from 'node:os'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { receiveBeforeJob } from '../../src/job/signals-before-job.ts'

type Listener = (signal: NodeJS.Signals) => void

/** In place of the real signals. */
let listeners: Map<string, Set<Listener>>
let killed: unknown[]

beforeEach(() => {
  listeners = new Map()
  killed = []
  vi.spyOn(process, 'on').mockImplementation((name, listener) => {
    listeners.set(String(name), (listeners.get(String(name)) ?? new Set()).add(listener as Listener))
    return process
  })
  vi.spyOn(process, 'off').mockImplementation((name, listener) => {
    listeners.get(String(name))?.delete(listener as Listener)
    return process
  })
  vi.spyOn(process, 'kill').mockImplementation((pid, signal) => {
    killed.push([pid, signal, listeners.get(String(signal))?.size])
    return true
  })
})

afterEach(() => {
  vi.restoreAllMocks()
})

function raise(signal: NodeJS.Signals): void {
  for (const listener of [...(listeners.get(signal) ?? [])]) listener(signal)
}

function receive(early: readonly NodeJS.Signals[] = [], ignored: readonly number[] = []) {
  return receiveBeforeJob(() => early, ignored)
}

test.each(['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGALRM'] as const)(
  '%s ends the wait, also if it came before',
  signal => {
    const signals = receive()
    expect(signals.endedBy()).toBeUndefined()
    raise(signal)
    raise('SIGTERM')
    expect([signals.endedBy(), signals.stopped.aborted]).toEqual([signal, true])

    const early = receive(['SIGCONT', signal])
    expect([early.endedBy(), early.stopped.aborted]).toEqual([signal, true])
  },
)

test('signals that were ignored when the wrapper was started do not end the wait', () => {
  const signals = receive(['SIGHUP'], [constants.signals.SIGHUP, constants.signals.SIGTSTP])
  raise('SIGHUP')
  raise('SIGTSTP')
  expect([signals.endedBy(), signals.stopped.aborted, killed]).toEqual([undefined, false, []])
})

test('TSTP stops the wrapper', () => {
  receive()
  raise('SIGTSTP')
  // Without a listener, and with one again.
  expect(killed).toEqual([[process.pid, 'SIGTSTP', 0]])
  raise('SIGTSTP')
  expect(killed.length).toBe(2)
})

test('after the wait, signals are collected for the job', () => {
  const signals = receive()
  signals.waitIsOver()
  raise('SIGTSTP')
  raise('SIGTERM')
  expect([signals.endedBy(), signals.stopped.aborted, killed]).toEqual([undefined, false, []])
  expect(signals.release()).toEqual(['SIGTSTP', 'SIGTERM'])
  expect([...listeners.values()].every(each => each.size === 0)).toBe(true)
})
