import { expect, test } from 'vitest'
import { lateMarker, roughDuration, stampOf } from '../../src/telemetry/delay-marker.ts'

test.each([
  [0, '0s'],
  [-5000, '0s'],
  [999, '0s'],
  [45_999, '45s'],
  [61_000, '1m1s'],
  [3_600_000, '1h'],
  [11_520_000 + 59_000, '3h12m'],
  [2 * 86_400_000 + 59_000, '2d'],
  [1000 * 86_400_000 + 3_600_000, '1000d1h'],
])('%d ms are %s, in two units at the most', (ms, words) => {
  expect(roughDuration(ms)).toBe(words)
})

test('the marker ends with a blank, and the stamp is whole seconds', () => {
  const late = { occurredAt: 1_999, now: 61_999, stamp: true }
  expect(lateMarker(late)).toBe('[delayed 1m] ')
  expect(stampOf(late)).toBe('1')
  expect(stampOf({ ...late, occurredAt: -5 })).toBe('0')
})
