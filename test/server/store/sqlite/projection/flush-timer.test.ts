import { expect, onTestFinished, test, vi } from 'vitest'
import { createFlushTimer } from '../../../../../src/server/store/sqlite/projection/flush-timer.ts'
import type { Remaining } from '../../../../../src/server/store/sqlite/projection/projection.ts'
import { timersOf } from '../../../../support/timers-of.ts'

/** A timer over an engine that gives these answers, then `none`. Ten events are stored each second. */
function timerWith(...answers: (Remaining | Error)[]) {
  vi.useFakeTimers({ now: 0 })
  onTestFinished(() => {
    vi.useRealTimers()
  })
  const timers = timersOf('flush-timer.ts')
  const flushedUpTo: number[] = []
  const timer = createFlushTimer({
    newest: async () => ({ event: Date.now() / 100, change: 0 }),
    flushDue: async due => {
      flushedUpTo.push(due)
      const answer = answers.shift() ?? 'none'
      if (answer instanceof Error) throw answer
      return answer
    },
  })
  return { ...timer, flushedUpTo, timers }
}

test('each second it flushes events that are two seconds old, until none is pending', async () => {
  const { start, flushedUpTo, timers } = timerWith('recent', 'recent', 'recent')
  start()
  start()
  await vi.advanceTimersByTimeAsync(999)
  expect(flushedUpTo).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(flushedUpTo).toEqual([0])
  await vi.advanceTimersByTimeAsync(60_000)
  expect(flushedUpTo).toEqual([0, 0, 10, 20])
  start()
  await vi.advanceTimersByTimeAsync(1000)
  expect(flushedUpTo.slice(4)).toEqual([30])
  expect(timers()).toBe(0)
})

test('due events are flushed part by part, without a pause', async () => {
  const { start, flushedUpTo, timers } = timerWith('recent', 'recent', 'due', 'due', 'none')
  start()
  await vi.advanceTimersByTimeAsync(3000)
  expect(flushedUpTo).toEqual([0, 0, 10, 10, 10])
  expect(timers()).toBe(0)
})

test('a failed flush is retried until the timer is stopped', async () => {
  const full = new Error('the disk is full')
  const { start, stop, flushedUpTo, timers } = timerWith(full, full, 'recent', ...Array<Error>(9).fill(full))
  start()
  await vi.advanceTimersByTimeAsync(5000)
  expect(flushedUpTo).toEqual([0, 0, 10, 20, 30])
  stop()
  start()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(flushedUpTo).toHaveLength(5)
  expect(timers()).toBe(0)
})

test('a flush that is under way when the timer is stopped is the last one', async () => {
  const { start, stop, flushedUpTo, timers } = timerWith('recent', 'recent')
  start()
  vi.advanceTimersByTime(1000)
  stop()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(flushedUpTo).toEqual([0])
  expect(timers()).toBe(0)
})
