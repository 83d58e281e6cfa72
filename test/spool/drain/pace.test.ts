import { describe, expect, test } from 'vitest'
import { createPace, MAX_CONCURRENT, type Pace } from '../../../src/spool/drain/pace.ts'

const UNANSWERED = { isUnanswered: true, retryAfterMs: undefined }
const STATUS_500 = { isUnanswered: false, retryAfterMs: undefined }

/** A pace with a clock that stands still, and half of the greatest jitter. */
function paceForTest(): { readonly pace: Pace; readonly clock: { now: number } } {
  const clock = { now: 0 }
  return { clock, pace: createPace({ now: () => clock.now, random: () => 0.5 }) }
}

describe('requests at a time', () => {
  test('begin with one, and are one more after each answer, up to the maximum', () => {
    const { pace } = paceForTest()
    expect(pace.maxConcurrent()).toBe(1)
    pace.noteAnswered('m')
    expect(pace.maxConcurrent()).toBe(2)
    for (let count = 0; count < 100; count += 1) pace.noteAnswered('m')
    expect(pace.maxConcurrent()).toBe(MAX_CONCURRENT)
  })

  test('are halved by a failure, down to one, and not by a 429', () => {
    const { pace } = paceForTest()
    for (let count = 0; count < 4; count += 1) pace.noteAnswered('m')
    pace.noteRateLimit('m', { sentAt: 0, retryAfterMs: 1000 })
    expect(pace.maxConcurrent()).toBe(5)
    pace.noteFailure(STATUS_500)
    expect(pace.maxConcurrent()).toBe(2)
    pace.noteFailure(STATUS_500)
    pace.noteFailure(STATUS_500)
    expect(pace.maxConcurrent()).toBe(1)
  })
})

describe('the back-off of all series', () => {
  test('begins at once without an answer, and grows', async () => {
    const { pace, clock } = paceForTest()
    pace.noteFailure(UNANSWERED)
    expect(await pace.addressWaitMs()).toBe(250)
    clock.now = 250
    pace.noteFailure(UNANSWERED)
    expect(await pace.addressWaitMs()).toBe(500)
  })

  test('begins with the third failure in a row if the API answers', async () => {
    const { pace } = paceForTest()
    pace.noteFailure(STATUS_500)
    pace.noteFailure(STATUS_500)
    pace.noteAnswered('m')
    pace.noteFailure(STATUS_500)
    pace.noteFailure(STATUS_500)
    expect(await pace.addressWaitMs()).toBeLessThanOrEqual(0)
    pace.noteFailure(STATUS_500)
    expect(await pace.addressWaitMs()).toBe(1000)
  })
})

test('the limit that the host shares is read every 20 ms at most, and counts down in between', async () => {
  const clock = { now: 0 }
  let reads = 0
  const sharedLimit = {
    async waitMs() {
      reads += 1
      return 100
    },
    async noteLimit() {},
  }
  const pace = createPace({ now: () => clock.now, random: () => 0, sharedLimit })
  expect(await pace.addressWaitMs()).toBe(100)
  clock.now = 19
  expect(await pace.addressWaitMs()).toBe(81)
  expect(reads).toBe(1)
  clock.now = 20
  expect(await pace.addressWaitMs()).toBe(100)
  expect(reads).toBe(2)
})

test('the host is told of a limit of the address, and not of one monitor', () => {
  const noted: (number | undefined)[] = []
  const sharedLimit = {
    waitMs: async () => 0,
    noteLimit: async (ms: number | undefined) => void noted.push(ms),
  }
  const pace = createPace({ now: () => 0, random: () => 0, sharedLimit })
  pace.noteSent('m')
  pace.noteRateLimit('m', { sentAt: 0, retryAfterMs: 3000 })
  expect(noted).toEqual([3000])
  // More requests than a monitor may get at once.
  for (let count = 0; count < 10; count += 1) pace.noteSent('n')
  pace.noteRateLimit('n', { sentAt: 0, retryAfterMs: 4000 })
  expect(noted).toEqual([3000])
})
