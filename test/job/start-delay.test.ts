import { expect, test } from 'vitest'
import { startDelayMs } from '../../src/job/start-delay.ts'

const HOUR_MS = 3_600_000

const delay = (more: object) =>
  startDelayMs({ splayMs: 0, jitterMs: 0, host: 'web1', monitorKey: 'backup', random: () => 0.5, ...more })

test('the splay is the same for a host and a monitor, whatever the random number is', () => {
  const one = delay({ splayMs: HOUR_MS })
  expect(delay({ splayMs: HOUR_MS, random: () => 0.9 })).toBe(one)
  expect(delay({ splayMs: HOUR_MS, host: 'web2' })).not.toBe(one)
  expect(delay({ splayMs: HOUR_MS, monitorKey: 'other' })).not.toBe(one)
  // Other releases must not move the hour of a job.
  expect(one).toBe(2_933_280)
})

test('500 hosts start at times that are spread evenly', () => {
  const delays = Array.from({ length: 500 }, (_, index) => delay({ splayMs: HOUR_MS, host: `host${index}` }))
  expect(Math.max(...delays)).toBeLessThan(HOUR_MS)
  const tenths = delays.map(ms => Math.floor((ms * 10) / HOUR_MS))
  for (let tenth = 0; tenth < 10; tenth += 1) {
    expect(tenths.filter(each => each === tenth).length).toBeGreaterThan(25)
  }
})

test('the jitter is random, and added to the splay', () => {
  expect(delay({ jitterMs: 1000 })).toBe(500)
  expect(delay({ jitterMs: 1000, random: () => 0.999 })).toBe(999)
  expect(delay({ jitterMs: 1000, splayMs: HOUR_MS })).toBe(delay({ splayMs: HOUR_MS }) + 500)
  expect(delay({})).toBe(0)
})
