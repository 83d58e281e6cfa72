import { expect, test } from 'vitest'
import { exactTime } from '../../../src/server/page/format.ts'
import { relativeTime } from '../../../src/server/page/relative-time.ts'

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

test('an exact time is in this time zone; a time beyond the range of Date is a number', () => {
  expect(exactTime(new Date(2026, 0, 2, 3, 4, 5).getTime())).toBe('2026-01-02 03:04:05')
  expect(exactTime(1e18)).toBe('1000000000000000000 ms after 1970')
})
