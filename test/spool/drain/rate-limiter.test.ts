import { expect, test } from 'vitest'
import { createRateLimiter } from '../../../src/spool/drain/rate-limiter.ts'
import { API_RATES } from '../../../src/telemetry/api-limits.ts'

const random = () => 0.5

/** Sends as fast as the limiter lets it, over some monitors in turn; when each was sent, in milliseconds. */
function send(count: number, monitors: number, isLimited: boolean): number[] {
  const limiter = createRateLimiter(random, API_RATES, isLimited)
  const times: number[] = []
  let now = 0
  for (let index = 0; index < count; index += 1) {
    const monitor = String(index % monitors)
    now += Math.max(limiter.addressWaitMs(now), limiter.monitorWaitMs(monitor, now))
    limiter.noteSent(monitor, now)
    limiter.noteAccepted(monitor)
    times.push(now)
  }
  return times
}

test('with active limits a monitor gets ten requests at once and then five a second', () => {
  const times = send(20, 1, true)
  expect(times.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 0))
  expect(times.slice(10).map(Math.round)).toEqual(Array.from({ length: 10 }, (_, index) => (index + 1) * 200))
})

test('all monitors together get 250 requests at once and then 50 a second', () => {
  const times = send(350, 350, true)
  expect(times.filter(time => time === 0)).toHaveLength(250)
  expect(Math.round(times.at(-1) ?? 0)).toBe(2000)
})

test('without active limits nothing waits before the first 429', () => {
  expect(new Set(send(350, 1, false))).toEqual(new Set([0]))
})
