import fc from 'fast-check'
import { expect, test } from 'vitest'
import { durationTicks, timeTicks } from '../../../src/server/page/axis-ticks.ts'

test('the axis of durations begins at 0, reaches the longest and has few marks', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.001, max: 1e8, noNaN: true }), longest => {
      const ticks = durationTicks(longest)
      expect(ticks[0]).toBe(0)
      expect(ticks.at(-1)).toBeGreaterThanOrEqual(longest * (1 - 1e-6))
      expect(ticks.length).toBeGreaterThanOrEqual(2)
      expect(ticks.length).toBeLessThanOrEqual(6)
    }),
  )
})

test.each([
  [0, [0, 1]],
  [3, [0, 1, 2, 3]],
  [0.9, [0, 0.5, 1]],
  [42, [0, 15, 30, 45]],
  [640, [0, 300, 600, 900]],
])('up to %d s it is marked at %j', (longest, ticks) => {
  expect(durationTicks(longest).map(value => Number(value.toPrecision(6)))).toEqual(ticks)
})

test('ticks of time are within the range, in order, and not too many', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2e12 }), fc.integer({ min: 1000, max: 4e11 }), (from, length) => {
      const ticks = timeTicks(from, from + length)
      expect(ticks.length).toBeLessThanOrEqual(6)
      for (const [index, { at }] of ticks.entries()) {
        expect(at).toBeGreaterThanOrEqual(ticks[index - 1]?.at ?? from)
        expect(at).toBeLessThanOrEqual(from + length)
      }
    }),
  )
})

test('midnight is labelled with the day, other times with the hour', () => {
  const ticks = timeTicks(new Date(2026, 0, 1, 18).getTime(), new Date(2026, 0, 2, 18).getTime(), 6)
  expect(ticks.map(({ label }) => label)).toEqual(['18:00', '01-02', '06:00', '12:00', '18:00'])
})
