import { expect, test } from 'vitest'
import { exactTime, formatDuration, formatTick } from '../../../src/server/page/format.ts'
import { relativeTime, roughly } from '../../../src/server/page/relative-time.ts'

test.each([
  [0, '0 ms'],
  [0.34, '340 ms'],
  [0.9996, '1.0 s'],
  [9.96, '10 s'],
  [59.6, '1 min'],
  [250, '4 min 10 s'],
  [3600, '1 h'],
  [7500, '2 h 5 min'],
  [273_600, '3 d 4 h'],
])('%d s is written %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text)
})

test.each([
  [0, '0'],
  [0.05, '50 ms'],
  [0.5, '500 ms'],
  [2.5, '2.5 s'],
  [90, '1.5 min'],
  [7200, '2 h'],
  [864_000, '10 d'],
])('%d s on an axis is %s', (seconds, text) => {
  expect(formatTick(seconds)).toBe(text)
})

const MINUTE = 60_000

test.each([
  [-4999, 'just now'],
  [4999, 'just now'],
  [12_000, '12 s ago'],
  [59_999, '59 s ago'],
  [3 * MINUTE, '3 min ago'],
  [47 * 60 * MINUTE, '47 h ago'],
  [48 * 60 * MINUTE, '2 d ago'],
  [-90 * MINUTE, 'in 1 h'],
])('%d ms ago is %s', (ago, text) => {
  expect(relativeTime(1_000_000_000_000 - ago, 1_000_000_000_000)).toBe(text)
})

test('a clock that runs ahead of the server does not make a run last less than nothing', () => {
  expect(roughly(-3000)).toBe('0 s')
})

test('an exact time is that of this time zone; what no Date can be is told as it is', () => {
  expect(exactTime(new Date(2026, 0, 2, 3, 4, 5).getTime())).toBe('2026-01-02 03:04:05')
  expect(exactTime(1e18)).toBe('1000000000000000000 ms after 1970')
})
