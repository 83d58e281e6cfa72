import { expect, test } from 'vitest'
import {
  parseBackoff,
  parseRetries,
  parseRetryStatuses,
  type RetryPolicy,
  retryDelay,
} from '../../../../src/commands/exec/control/retry-policy.ts'

const POLICY: RetryPolicy = {
  retries: 3,
  delayMs: 10_000,
  backoff: 1,
  retryOn: undefined,
  noRetryOn: undefined,
}

test('a failed job is started again as often as is asked for, with the same delay', () => {
  expect([1, 2, 3, 4].map(attempt => retryDelay(POLICY, attempt, 1))).toEqual([
    10_000,
    10_000,
    10_000,
    undefined,
  ])
})

test('each delay is longer by the factor, to the longest duration', () => {
  const policy = { ...POLICY, retries: 1000, delayMs: 100, backoff: 2.5 }
  expect([1, 2, 3, 1000].map(attempt => retryDelay(policy, attempt, 1))).toEqual([
    100, 250, 625, 86_400_000_000,
  ])
})

test.each([75, 125, 126, 127])('%i is not tried again unless it is asked for', status => {
  expect(retryDelay(POLICY, 1, status)).toBeUndefined()
  expect(retryDelay({ ...POLICY, retryOn: new Set([status]) }, 1, status)).toBe(10_000)
})

test.each([1, 74, 124, 128, 137, 143, 255])('%i is tried again', status => {
  expect(retryDelay(POLICY, 1, status)).toBe(10_000)
})

test('only the statuses of --retry-on, and none of --no-retry-on', () => {
  const policy = { ...POLICY, retryOn: new Set([1, 2]), noRetryOn: new Set([2, 3]) }
  expect([1, 2, 3, 4].map(status => retryDelay(policy, 1, status))).toEqual([
    10_000,
    undefined,
    undefined,
    undefined,
  ])
  expect(retryDelay({ ...POLICY, noRetryOn: new Set([7]) }, 1, 7)).toBeUndefined()
})

test('the word timeout stands for 124', () => {
  expect(parseRetryStatuses('1,3-5,timeout')).toEqual({ ok: true, statuses: new Set([1, 3, 4, 5, 124]) })
  expect(parseRetryStatuses('timeout')).toEqual({ ok: true, statuses: new Set([124]) })
  for (const wrong of ['', 'timeouts', 'timeout-130', '1-timeout', ',timeout', '256']) {
    expect(parseRetryStatuses(wrong)).toMatchObject({ ok: false })
  }
})

test('the numbers', () => {
  expect([parseRetries('0'), parseRetries('3')]).toMatchObject([{ value: 0 }, { value: 3 }])
  for (const wrong of ['', '-1', '1.5', '1e3', ' 1', '1000000']) expect(parseRetries(wrong).ok).toBe(false)
  expect([parseBackoff('1'), parseBackoff('1.5'), parseBackoff('100')]).toMatchObject([
    { value: 1 },
    { value: 1.5 },
    { value: 100 },
  ])
  for (const wrong of ['', '0', '0.5', '101', '2x', '-2', '1.', '1e1', 'NaN'])
    expect(parseBackoff(wrong).ok).toBe(false)
})
