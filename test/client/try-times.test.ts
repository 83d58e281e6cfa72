import { expect, test } from 'vitest'
import { deadlineAfter, spreadMs, waitWithin } from '../../src/client/try-times.ts'

const least = () => 0
const middle = () => 0.5

test('the last try begins 300 to 600 ms before the deadline, or a tenth to a fifth of a short time', () => {
  expect(deadlineAfter(5000, 1000, least)).toEqual({ endsAt: 6000, lastTryAt: 5400 })
  expect(deadlineAfter(5000, 1000, () => 1)).toEqual({ endsAt: 6000, lastTryAt: 5700 })
  expect(deadlineAfter(1000, 0, least)).toEqual({ endsAt: 1000, lastTryAt: 800 })
  expect(deadlineAfter(0, 7, least)).toEqual({ endsAt: 7, lastTryAt: 7 })
})

test.each([
  ['ends before the last try: it stays', { until: 5000, notBefore: 0 }, 5000],
  ['would end after the last try: it ends with it', { until: 9000, notBefore: 0 }, 5400],
  [
    'is asked for until after the last try: half of the rest is spread',
    { until: 9000, notBefore: 5600 },
    5700,
  ],
  ['is asked for until the deadline: no try is left', { until: 9000, notBefore: 6000 }, undefined],
])('a wait that %s', (_what, wait, end) => {
  expect(waitWithin(wait, { endsAt: 6000, lastTryAt: 5400 }, 1000, middle)).toBe(end)
})

test('a wait that would end after the last try ends now if its time has passed', () => {
  expect(waitWithin({ until: 9000, notBefore: 0 }, { endsAt: 6000, lastTryAt: 5400 }, 5500, middle)).toBe(
    5500,
  )
})

test('a common wait is spread over half of itself, or over a second', () => {
  expect(spreadMs(4000, middle)).toBe(5000)
  expect(spreadMs(100, middle)).toBe(600)
})
