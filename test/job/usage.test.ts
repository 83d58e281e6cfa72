import { expect, test } from 'vitest'
import type { JobEnd } from '../../src/job/job-end.ts'
import { readTree } from '../../src/job/process-memory.ts'
import type { Job } from '../../src/job/start.ts'
import { createUsageMeter, type UsageTools } from '../../src/job/usage.ts'

function fakes(more: Partial<UsageTools> = {}) {
  let now = 0
  let timer: { at: number; then: () => void } | undefined
  const looks: number[] = []
  const tools: UsageTools = {
    childrenCpu: () => undefined,
    readTree: () => [],
    now: () => now,
    setTimer(then, ms) {
      timer = { at: now + ms, then }
      return {
        stop() {
          timer = undefined
        },
      }
    },
    ...more,
  }
  const runUntil = (end: number): void => {
    while (timer !== undefined && timer.at <= end) {
      const { at, then } = timer
      now = at
      looks.push(at)
      then()
    }
    now = end
  }
  return { tools, runUntil, looks, spend: (ms: number) => (now += ms), isStopped: () => timer === undefined }
}

function jobThatEnds(pid: number | undefined) {
  let end = (): void => {}
  const ended = new Promise<JobEnd>(resolve => {
    end = () => resolve({ kind: 'exited', status: 0, durationMs: 0 })
  })
  const job: Job = { pid, relays: [], ended, problem: undefined }
  return { job, end }
}

test('the CPU time of several jobs is added, without that of other children between them', async () => {
  const cpu = [10, 12.5, 20, 20.25]
  const meter = createUsageMeter(fakes({ childrenCpu: () => cpu.shift() }).tools)
  for (const _ of [1, 2]) {
    const { job, end } = jobThatEnds(7)
    expect(meter.measure(() => job)).toBe(job)
    end()
    await job.ended
  }
  expect(meter.usage()).toEqual({ cpuSeconds: 2.75, maxRssMib: undefined })
})

test('memory that grows evenly is measured to within 5 %, by ever fewer looks', async () => {
  const { tools, runUntil, looks, isStopped } = fakes()
  const { job, end } = jobThatEnds(7)
  // 1 MiB a millisecond.
  const meter = createUsageMeter({ ...tools, readTree: pid => [{ pid, maxRssKib: tools.now() * 1024 }] })
  meter.measure(() => job)
  for (const ms of [250, 700, 3000, 6000]) {
    runUntil(ms)
    expect(meter.usage().maxRssMib).toBeGreaterThan(ms * 0.95)
    expect(meter.usage().maxRssMib).toBeLessThanOrEqual(ms)
  }
  expect(looks.filter(at => at < 1000).length).toBeLessThan(70)
  expect(looks.filter(at => at > 5000).length).toBeLessThan(7)
  end()
  await job.ended
  expect(isStopped()).toBe(true)
})

test('a new process is looked at more often; the largest process counts', () => {
  const { tools, runUntil, looks } = fakes()
  const { job } = jobThatEnds(7)
  const meter = createUsageMeter({
    ...tools,
    readTree: () => [
      { pid: 7, maxRssKib: 2048 },
      ...(tools.now() > 10_000 ? [{ pid: 8, maxRssKib: 1024 }] : []),
    ],
  })
  meter.measure(() => job)
  runUntil(11_000)
  expect(looks.filter(at => at > 10_250 && at < 10_500).length).toBeGreaterThan(10)
  expect(meter.usage().maxRssMib).toBe(2)
})

test('looking takes at most a fiftieth of the time', () => {
  const { tools, runUntil, looks, spend } = fakes()
  const { job } = jobThatEnds(7)
  createUsageMeter({
    ...tools,
    readTree() {
      spend(4)
      return []
    },
  }).measure(() => job)
  runUntil(10_000)
  expect(looks.length).toBeLessThan(55)
})

test('a job that could not be started has used nothing', () => {
  const { job } = jobThatEnds(undefined)
  const meter = createUsageMeter(fakes({ childrenCpu: () => 5 }).tools)
  meter.measure(() => job)
  expect(meter.usage()).toEqual({ cpuSeconds: undefined, maxRssMib: undefined })
})

test('this process is in its own tree', () => {
  const [own] = readTree(process.pid)
  expect(own?.pid).toBe(process.pid)
  expect(own?.maxRssKib).toBeGreaterThan(10_000)
  expect(readTree(4_194_303)).toEqual([])
})
