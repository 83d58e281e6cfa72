import { expect, test } from 'vitest'
import { createChangeSignal } from '../../../src/spool/drain/wait-for-change.ts'
import { sleep } from '../../../src/system/sleep.ts'

/** Longer than a test may take. */
const TOO_LONG_MS = 3_600_000

test('a change ends a wait', async () => {
  const changes = createChangeSignal(sleep)
  const waiting = changes.wait(TOO_LONG_MS)
  changes.notify()
  await waiting
})

test('a change that comes while nobody waits ends the next wait at once', async () => {
  const changes = createChangeSignal(sleep)
  changes.clear()
  changes.notify()
  expect(changes.isPending()).toBe(true)
  await changes.wait(TOO_LONG_MS)
})

test('a change before the state was looked at ends no wait', async () => {
  const waits: number[] = []
  const changes = createChangeSignal(async ms => void waits.push(ms))
  changes.notify()
  changes.clear()
  expect(changes.isPending()).toBe(false)
  await changes.wait(5)
  expect(waits).toEqual([5])
})

test('the timer of a wait that has ended is stopped', async () => {
  let signal: AbortSignal | undefined
  const changes = createChangeSignal((_ms, ofSleep) => {
    signal = ofSleep
    return new Promise(() => {})
  })
  const waiting = changes.wait(5)
  changes.notify()
  await waiting
  expect(signal?.aborted).toBe(true)
})
