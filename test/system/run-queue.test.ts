import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { runQueue } from '../../src/system/run-queue.ts'

test.skipIf(!existsSync('/proc/self/schedstat'))('a thread that works has run longer afterwards', () => {
  const before = runQueue.times()
  for (let sum = 0; runQueue.times()?.ranMs === before?.ranMs; sum += 1) if (sum > 1e6) break
  const after = runQueue.times()
  expect(after?.ranMs).toBeGreaterThan(before?.ranMs ?? Number.NaN)
  expect(after?.waitedMs).toBeGreaterThanOrEqual(before?.waitedMs ?? Number.NaN)
})

test.skipIf(!existsSync('/proc/loadavg'))('the thread that asks is runnable itself', () => {
  expect(runQueue.crowd()).toBeGreaterThan(0)
})
