import { describe, expect, test } from 'vitest'
import { backoffMs } from '../../src/client/backoff.ts'
import { classify } from '../../src/client/outcome.ts'
import { retryAfterMs } from '../../src/client/retry-after.ts'

const NOW = Date.parse('2026-03-01T12:00:00Z')

describe('an answer', () => {
  test.each([
    ['delivered', [200, 201, 204, 299]],
    ['retry', [408, 425, 429, 500, 502, 503, 504, 599, 0, 199, 600, 999]],
    ['shorten', [414, 431]],
    [
      'rejected',
      [300, 301, 302, 304, 307, 308, 400, 401, 402, 403, 404, 405, 407, 409, 410, 413, 418, 422, 451, 499],
    ],
  ])('is %s for its statuses', (kind, statuses) => {
    for (const status of statuses)
      expect(classify({ kind: 'status', status }, NOW).kind, `${status}`).toBe(kind)
  })

  test.each([
    [302, /--url/],
    [400, /parameter/],
    [401, /API key/],
    [403, /API key/],
    [404, /monitor.*--url/],
    [413, /too large/],
    [414, /too long/],
    [418, /not accepted/],
  ])('of status %i names it and a likely cause', (status, cause) => {
    expect(classify({ kind: 'status', status }, NOW)).toMatchObject({
      status,
      problem: `HTTP status ${status}`,
      likelyCause: expect.stringMatching(cause),
    })
  })

  test('that never arrives is retried', () => {
    const problem = 'connection refused by 127.0.0.1:80'
    expect(classify({ kind: 'error', message: problem, code: 'ECONNREFUSED' }, NOW)).toEqual({
      kind: 'retry',
      problem,
    })
  })

  test('can have a Retry-After', () => {
    const at = (retryAfter: string) => classify({ kind: 'status', status: 429, retryAfter }, NOW)
    expect(at('2')).toEqual({ kind: 'retry', problem: 'HTTP status 429', retryAfterMs: 2000 })
    expect(at('soon')).toEqual({ kind: 'retry', problem: 'HTTP status 429' })
  })
})

describe('Retry-After', () => {
  test.each([
    ['0', 0],
    ['120', 120_000],
    [' 7 ', 7000],
    ['999999999999', 3_600_000],
    ['Sun, 01 Mar 2026 12:00:30 GMT', 30_000],
    ['Sunday, 01-Mar-26 12:00:30 GMT', 30_000],
    ['Sun Mar  1 12:00:30 2026', 30_000],
    ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
    ['Mon, 01 Mar 2027 12:00:00 GMT', 3_600_000],
  ])('%j is %i ms', (value, ms) => {
    expect(retryAfterMs(value, NOW)).toBe(ms)
  })

  test.each([
    undefined,
    '',
    '-1',
    '1.5',
    '1e3',
    '0x10',
    'soon',
    '2026-03-01T12:00:30Z',
    'Sun, 99 Foo 2026 12:00:30 GMT',
  ])('%j is ignored', value => {
    expect(retryAfterMs(value, NOW)).toBeUndefined()
  })
})

describe('back-off', () => {
  const most = () => 1 - Number.EPSILON
  const least = () => 0

  test('is random between 0 and a ceiling that doubles up to 10 seconds', () => {
    const ceilings = [1, 2, 3, 4, 5, 6, 7, 2000].map(failures => Math.round(backoffMs(failures, most)))
    expect(ceilings).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000])
    expect(backoffMs(9, least)).toBe(0)
    expect(backoffMs(2, () => 0.5)).toBe(500)
  })

  test('starts at Retry-After and adds jitter', () => {
    expect(backoffMs(1, least, 3000)).toBe(3000)
    expect(Math.round(backoffMs(1, most, 3000))).toBe(4500)
    expect(Math.round(backoffMs(4, most, 3000))).toBe(7000)
    expect(Math.round(backoffMs(1, most, 3_600_000))).toBe(3_610_000)
  })
})
