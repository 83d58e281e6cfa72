import { expect, test } from 'vitest'
import { createRefusalCounter } from '../../../src/server/http/refusal-counter.ts'

test('each refusal counts for its status and reason, and the usual ones are present from the start', () => {
  const refusals = createRefusalCounter()
  const before = refusals.totals()
  expect(before).toContainEqual({ status: 429, reason: 'rate_limit', count: 0 })
  expect(before.some(({ status }) => status === 417)).toBe(false)
  for (const reason of ['rate_limit', 'rate_limit', 'unknown_key'] as const) {
    refusals.count({ status: 429, reason })
  }
  refusals.count({ status: 417, reason: 'unsupported' })
  const after = refusals.totals()
  expect(after.filter(({ count }) => count > 0)).toEqual([
    { status: 417, reason: 'unsupported', count: 1 },
    { status: 429, reason: 'rate_limit', count: 2 },
    { status: 429, reason: 'unknown_key', count: 1 },
  ])
  expect(before).toContainEqual({ status: 429, reason: 'rate_limit', count: 0 })
})

test('other answers are not counted', () => {
  const refusals = createRefusalCounter()
  const before = refusals.totals()
  for (const status of [200, 304, 600, 0, Number.NaN, 429.5]) refusals.count({ status, reason: 'malformed' })
  expect(refusals.totals()).toEqual(before)
})
