import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Bucket, refillMs, takeToken, tokensAt, waitForToken } from '../../src/telemetry/token-bucket.ts'

const rate = { perSecond: 5, burst: 10 }

test('a new bucket allows its burst at once, and then a request each fifth of a second', () => {
  let bucket: Bucket | undefined
  for (let taken = 0; taken < 10; taken += 1) {
    expect(waitForToken(bucket, rate, 1000)).toBe(0)
    bucket = takeToken(bucket, rate, 1000)
  }
  expect(waitForToken(bucket, rate, 1000)).toBeCloseTo(200)
  expect(waitForToken(bucket, rate, 1100)).toBeCloseTo(100)
  expect(waitForToken(bucket, rate, 1200)).toBe(0)
  bucket = takeToken(bucket, rate, 1200)
  expect(waitForToken(bucket, rate, 1200)).toBeCloseTo(200)
})

test('an idle bucket is full again after the refill time, and never fuller', () => {
  const empty = { tokens: 0, at: 0 }
  expect(refillMs(rate)).toBe(2000)
  expect(tokensAt(empty, rate, 1999)).toBeLessThan(10)
  expect(tokensAt(empty, rate, 2000)).toBe(10)
  expect(tokensAt(empty, rate, 1e9)).toBe(10)
})

test('a clock that steps back neither adds tokens nor makes the next step forward count twice', () => {
  const bucket = takeToken({ tokens: 3, at: 5000 }, rate, 1000)
  expect(bucket).toEqual({ tokens: 2, at: 5000 })
})

test('no period allows more requests than the burst and the tokens gained in it', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 200 }), gaps => {
      let bucket: Bucket | undefined
      let now = 0
      const admitted: number[] = []
      for (const gap of gaps) {
        now += gap
        if (waitForToken(bucket, rate, now) > 0) continue
        bucket = takeToken(bucket, rate, now)
        admitted.push(now)
      }
      for (const [index, from] of admitted.entries()) {
        for (const [offset, to] of admitted.slice(index).entries()) {
          expect(offset + 1).toBeLessThanOrEqual(rate.burst + ((to - from) / 1000) * rate.perSecond + 1e-3)
        }
      }
    }),
    { numRuns: 50 },
  )
})

test('a request is allowed after the given wait', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      (tokens, at) => {
        const bucket = { tokens, at }
        expect(waitForToken(bucket, rate, at + waitForToken(bucket, rate, at))).toBe(0)
      },
    ),
  )
})
