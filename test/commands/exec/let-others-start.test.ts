import { describe, expect, test } from 'vitest'
import { letOthersStart } from '../../../src/commands/exec/let-others-start.ts'
import { fakeClock } from '../../support/fake-clock.ts'

interface Stage {
  readonly ranMs?: number
  readonly waitedMs?: number
  /** How many threads are runnable for each processor, after that many milliseconds. Undefined: the system does not tell. */
  readonly crowd?: (ms: number) => number | undefined
  /** When the job ends, in milliseconds after its start. */
  readonly jobMs?: number
  /** `--deliver-within`. */
  readonly withinMs?: number
  /** When the wrapper must leave, in milliseconds after the job's start. */
  readonly stopMs?: number
  readonly random?: number
  readonly hasTimes?: boolean
}

/** How long the wait took; how often it looked at the host and told that it waits. */
async function waitWith(stage: Stage) {
  const { ranMs = 20, waitedMs = 180, crowd = () => 50, withinMs = 5000, random = 0.5 } = stage
  const { jobMs = Number.POSITIVE_INFINITY, stopMs, hasTimes = true } = stage
  const clock = fakeClock()
  const start = clock.now()
  const stop = new AbortController()
  const never = new AbortController().signal
  if (stopMs !== undefined) void clock.sleep(stopMs, never).then(() => stop.abort())
  let looks = 0
  let told = 0
  let tookMs: number | undefined
  void letOthersStart(
    { sinceEndMs: () => Math.max(0, clock.now() - start - jobMs), stopWaiting: stop.signal },
    withinMs,
    {
      runQueue: {
        times: () => (hasTimes ? { ranMs, waitedMs } : undefined),
        crowd() {
          looks += 1
          return crowd(clock.now() - start)
        },
      },
      now: clock.now,
      sleep: clock.sleep,
      random: () => random,
      tell: () => {
        told += 1
      },
    },
  ).then(() => {
    tookMs = clock.now() - start
  })
  await clock.advance(60_000)
  return { tookMs, looks, told }
}

describe('reporting does not wait', () => {
  const atOnce = { tookMs: 0, told: 0 }

  test('if the start took most of its time on a processor', async () => {
    expect(await waitWith({ ranMs: 60, waitedMs: 200 })).toEqual({ ...atOnce, looks: 0 })
  })

  test('if the start waited for a processor only briefly', async () => {
    expect(await waitWith({ ranMs: 10, waitedMs: 90 })).toEqual({ ...atOnce, looks: 0 })
  })

  test('if the host is no longer crowded', async () => {
    expect(await waitWith({ crowd: () => 4 })).toEqual({ ...atOnce, looks: 1 })
  })

  test('if the system does not tell', async () => {
    expect(await waitWith({ hasTimes: false })).toEqual({ ...atOnce, looks: 0 })
    expect(await waitWith({ crowd: () => undefined })).toEqual({ ...atOnce, looks: 1 })
  })

  test('if it must be done soon after the end of the job', async () => {
    expect(await waitWith({ jobMs: 0, withinMs: 0 })).toEqual({ ...atOnce, looks: 1 })
    expect(await waitWith({ stopMs: 0, crowd: () => 50, jobMs: 0, withinMs: 0 })).toMatchObject(atOnce)
  })
})

describe('after a crowded start, reporting waits', () => {
  test('until the host is less crowded', async () => {
    expect(await waitWith({ waitedMs: 980, crowd: ms => (ms < 1000 ? 50 : 3) })).toEqual({
      tookMs: 1200,
      looks: 5,
      told: 1,
    })
  })

  test('three times as long as the start took, at most', async () => {
    expect(await waitWith({ ranMs: 20, waitedMs: 180 })).toMatchObject({ tookMs: 600, told: 1 })
    expect(await waitWith({ ranMs: 20, waitedMs: 980 })).toMatchObject({ tookMs: 3000, told: 1 })
  })

  test('until half of the time for the delivery is over', async () => {
    expect((await waitWith({ waitedMs: 980, jobMs: 400 })).tookMs).toBe(2900)
    expect((await waitWith({ waitedMs: 980, jobMs: 0 })).tookMs).toBe(2500)
  })

  test('so long that twice the time of the start is left for the delivery', async () => {
    expect((await waitWith({ waitedMs: 1980, jobMs: 0 })).tookMs).toBe(1000)
    expect((await waitWith({ waitedMs: 2480, jobMs: 0 })).tookMs).toBe(0)
  })

  test('until a signal ends the stay of the wrapper', async () => {
    expect((await waitWith({ waitedMs: 980, stopMs: 400 })).tookMs).toBe(400)
  })

  test('for pauses that differ, so that not all wrappers continue at once', async () => {
    const crowd = (ms: number) => (ms < 100 ? 50 : 0)
    expect((await waitWith({ crowd, random: 0 })).tookMs).toBe(150)
    expect((await waitWith({ crowd, random: 0.99 })).tookMs).toBeCloseTo(447)
  })
})
