import { expect, test } from 'vitest'
import { createRefusalCounter } from '../../../src/server/http/refusal-counter.ts'

test('each refusal counts for its status, and the usual statuses are present from the start', () => {
  const refusals = createRefusalCounter()
  const before = new Map(refusals.totals().map(({ status, count }) => [status, count]))
  expect(before.get(429)).toBe(0)
  expect(before.has(418)).toBe(false)
  for (const status of [429, 429, 418]) refusals.count(status)
  const after = refusals.totals()
  expect(after).toEqual(
    expect.arrayContaining([
      { status: 429, count: 2 },
      { status: 418, count: 1 },
    ]),
  )
  expect(after.map(({ status }) => status)).toEqual(
    after.map(({ status }) => status).toSorted((a, b) => a - b),
  )
})

test('other answers are not counted', () => {
  const refusals = createRefusalCounter()
  const before = refusals.totals()
  for (const status of [200, 304, 600, 0, Number.NaN, 429.5]) refusals.count(status)
  expect(refusals.totals()).toEqual(before)
})
