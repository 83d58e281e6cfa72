import { expect, test } from 'vitest'
import { isLimited, limitsOf, timeLimit } from '../../../../src/commands/exec/control/time-limits.ts'

test('the defaults are those of the contract', () => {
  expect(limitsOf({})).toEqual({
    timeoutMs: 0,
    deadlineMs: 0,
    warnAfterMs: 0,
    signal: 'SIGTERM',
    killAfterMs: 10_000,
  })
})

test('an attempt ends at its time-out, or at the deadline of the run if that is earlier', () => {
  const limits = limitsOf({ timeout: 600_000, deadline: 1_000_000 })
  expect(timeLimit(limits, 5000, 5000)).toEqual({ at: 605_000, reason: 'timed out after 10m' })
  expect(timeLimit(limits, 905_000, 5000)).toEqual({
    at: 1_005_000,
    reason: 'timed out after 16m40s (deadline)',
  })
})

test('0 is no limit', () => {
  expect(timeLimit(limitsOf({ timeout: 0 }), 5, 5)).toBeUndefined()
  expect(timeLimit(limitsOf({ timeout: 0, deadline: 7 }), 5, 5)?.at).toBe(12)
  expect(isLimited(limitsOf({ timeout: 0, warnAfter: 5 }))).toBe(false)
  expect(isLimited(limitsOf({ deadline: 1 }))).toBe(true)
})
