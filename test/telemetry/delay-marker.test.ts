import { expect, test } from 'vitest'
import { delayMarker, stampOf } from '../../src/telemetry/delay-marker.ts'

test('the marker ends with a blank, and the stamp is whole seconds', () => {
  const late = { occurredAt: 1_999, now: 61_999, stamp: true }
  expect(delayMarker(late)).toBe('[delayed 1m] ')
  expect(stampOf(late)).toBe('1')
  expect(stampOf({ ...late, occurredAt: -5 })).toBe('0')
})
