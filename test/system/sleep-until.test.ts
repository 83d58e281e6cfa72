import { expect, test } from 'vitest'
import { parseSignal } from '../../src/job/signal-name.ts'
import type { Sleep } from '../../src/system/sleep.ts'
import { sleepUntil } from '../../src/system/sleep-until.ts'
import { fakeClock } from '../support/fake-clock.ts'

const never = new AbortController().signal
const LONGEST_TIMER_MS = 2 ** 31 - 1

test('waits longer than the longest timer', async () => {
  const clock = fakeClock()
  const sleep: Sleep = (ms, signal) => clock.sleep(Math.min(ms, LONGEST_TIMER_MS), signal)
  const startedAt = clock.now()
  const day = 24 * 60 * 60 * 1000
  let isOver = false
  void sleepUntil(startedAt + 60 * day, { now: clock.now, sleep }, never).then(() => {
    isOver = true
  })
  await clock.advance(60 * day - 1)
  expect(isOver).toBe(false)
  await clock.advance(1)
  expect(isOver).toBe(true)
})

test('a process that was stopped meanwhile is late, and not later than that', async () => {
  const clock = fakeClock()
  let isOver = false
  void sleepUntil(clock.now() + 100, clock, never).then(() => {
    isOver = true
  })
  clock.skip(5000)
  await clock.advance(0)
  expect(isOver).toBe(true)
})

test('ends at once if the signal aborts', async () => {
  const clock = fakeClock()
  const stop = new AbortController()
  const over = sleepUntil(clock.now() + 100, clock, stop.signal)
  stop.abort()
  await over
  expect(clock.sleepers()).toBe(0)
})

test.each([
  ['TERM', 'SIGTERM'],
  ['SIGINT', 'SIGINT'],
  ['usr1', 'SIGUSR1'],
  ['sigquit', 'SIGQUIT'],
  ['9', 'SIGKILL'],
])('%s is the signal %s', (text, signal) => {
  expect(parseSignal(text)).toEqual({ ok: true, signal })
})

test.each(['', '0', 'SIG', 'FOO', '99', 'TERM ', '-15', 'EXIT'])('%j is no signal', text => {
  expect(parseSignal(text)).toMatchObject({ ok: false })
})
