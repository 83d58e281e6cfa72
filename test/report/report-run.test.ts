import { expect, test } from 'vitest'
import { reportRun } from '../../src/report/report-run.ts'
import type { ReportedEnd } from '../../src/report/reported-job.ts'
import { BUSY, DISK_FULL, finish, NOT_FOUND, type StageOptions, stageOf } from './support.ts'

interface RunOptions extends StageOptions {
  readonly isSeriesChosen?: boolean
  /** How long the job runs, in milliseconds. Default: 2,000. */
  readonly jobMs?: number
  readonly end?: Partial<ReportedEnd>
  /** When the signal arrives, in milliseconds after the job's end. */
  readonly signalAfterMs?: number
  /** How long ago the job has ended when the report begins, in milliseconds. */
  readonly sinceEndMs?: number
}

/** `afterMs` is how long the report takes once the job has ended. */
async function runWith(options: RunOptions) {
  const { tools, settings, notices, clock, steps, warnings } = stageOf(options)
  const { jobMs = 2000, signalAfterMs, sinceEndMs = 0 } = options
  const stop = new AbortController()
  const never = new AbortController().signal
  const ended = clock.sleep(jobMs, never).then((): ReportedEnd => {
    steps.push('job ended')
    if (signalAfterMs !== undefined) void clock.sleep(signalAfterMs, never).then(() => stop.abort())
    const state = options.end?.reason === undefined ? 'complete' : 'fail'
    return { status: 0, durationMs: jobMs, state, ...options.end }
  })
  const report = reportRun(
    {
      monitorKey: 'm',
      series: 's',
      isSeriesChosen: options.isSeriesChosen ?? false,
      job: { pid: 1, ended, sinceEndMs: () => sinceEndMs, takeRest: async () => {} },
      startedAt: Date.now(),
      tail: { bytes: () => Buffer.from('out'), total: () => 3 },
      settings,
      notices,
      stopWaiting: stop.signal,
    },
    tools,
  )
  const { result, tookMs } = await finish(report, clock)
  return {
    ...result,
    isDelivered: result.outcome.kind === 'delivered',
    afterMs: tookMs - jobMs,
    steps,
    warnings,
  }
}

test('the start is recorded before it is sent, and the record is removed when both events are delivered', async () => {
  const { isDelivered, steps, warnings, afterMs } = await runWith({})
  expect(steps).toEqual([
    'record start',
    'sent run',
    'recovered',
    'record sent',
    'job ended',
    'record end',
    'sent complete',
    'record removed',
  ])
  expect(isDelivered).toBe(true)
  expect(warnings).toEqual([])
  expect(afterMs).toBe(0)
})

test('a job that fails is reported as fail', async () => {
  const { steps } = await runWith({ end: { status: 3, reason: 'exit status 3' } })
  expect(steps).toContain('sent fail')
})

test('a refused start does not stop the end', async () => {
  const { isDelivered, steps, warnings } = await runWith({
    answer: state => (state === 'run' ? NOT_FOUND : { kind: 'status', status: 200 }),
  })
  expect(isDelivered).toBe(false)
  expect(steps.slice(-4)).toEqual(['record end', 'sent complete', 'rejected run', 'record removed'])
  expect(warnings).toHaveLength(1)
})

test('undelivered events are queued at the deadline, and left to a courier', async () => {
  const { isDelivered, steps, warnings, afterMs } = await runWith({ answer: () => 'hang' })
  expect(isDelivered).toBe(false)
  expect(steps.slice(-4)).toEqual(['queued run', 'queued complete', 'record removed', 'courier'])
  expect(warnings).toEqual([
    'run and complete could not be delivered within 5s and are kept in the spool: no answer in the time given',
  ])
  expect(afterMs).toBe(5000)
})

test('the record of a delivered run is removed although a busy disk seems to hang', async () => {
  const { steps, afterMs } = await runWith({ noteEndMs: 4000 })
  expect(steps.slice(-3)).toEqual(['sent complete', 'record end', 'record removed'])
  expect(afterMs).toBe(4000)
})

test('a record that cannot be removed does not hold up the wrapper after the deadline', async () => {
  const { steps, afterMs } = await runWith({ noteEndMs: 60_000 })
  expect(steps).not.toContain('record removed')
  expect(afterMs).toBeGreaterThanOrEqual(5000)
  expect(afterMs).toBeLessThan(6000)
})

test('a record that is not on disk yet is not waited for', async () => {
  const { steps, afterMs } = await runWith({ jobMs: 100, recordMs: 60_000 })
  expect(steps.at(-1)).toBe('sent complete')
  expect(afterMs).toBeLessThan(3000)
})

test('events that the queue has no room for stay in the record', async () => {
  const none = await runWith({ answer: () => 'hang', room: 0 })
  expect(none.steps.slice(-2)).toEqual(['record end', 'courier'])
  expect(none.warnings).toEqual([
    'run and complete could not be delivered within 5s and are kept in the spool: no answer in the time given',
  ])
  const one = await runWith({ answer: () => 'hang', room: 1 })
  expect(one.steps.slice(-4)).toEqual(['record end', 'queued run', 'record sent', 'courier'])
})

test('events that can neither be queued nor recorded are lost', async () => {
  const { steps, warnings } = await runWith({ answer: () => 'hang', room: 1, isRecordable: false })
  expect(steps.slice(-2)).toEqual(['queued run', 'courier'])
  expect(warnings.at(-1)).toBe(
    `run and complete could not be delivered within 5s and complete is lost: no answer in the time given; ${DISK_FULL}`,
  )
})

test('without a spool undelivered events are lost', async () => {
  const { steps, warnings } = await runWith({ answer: () => 'hang', spool: 'none' })
  expect(steps).toEqual(['sent run', 'job ended'])
  expect(warnings).toEqual([
    'run and complete could not be delivered within 5s and are lost: no answer in the time given',
  ])
})

test('a chosen series with earlier events: both events are queued behind them', async () => {
  const { isDelivered, steps, warnings } = await runWith({ isSeriesChosen: true, hasEarlier: true })
  expect(isDelivered).toBe(false)
  expect(steps).toEqual([
    'record start',
    'recovered',
    'recovered',
    'job ended',
    'record end',
    'queued run',
    'queued complete',
    'record removed',
    'courier',
  ])
  expect(warnings).toEqual([
    'run and complete are kept in the spool: earlier events have to be delivered first',
  ])
})

test('the start of a new series is sent without a look for earlier events', async () => {
  const { steps } = await runWith({ hasEarlier: true })
  expect(steps).toContain('sent run')
})

test('without a courier, events behind earlier ones are delivered from the spool', async () => {
  const settings = { courier: false }
  const { steps } = await runWith({ isSeriesChosen: true, hasEarlier: true, settings })
  expect(steps.at(-1)).toBe('delivered from spool')
})

test('without a courier, the events of earlier commands are delivered after those of the run', async () => {
  const settings = { courier: false }
  expect((await runWith({ isWaiting: true, settings })).steps.at(-1)).toBe('delivered from spool')
  expect((await runWith({ settings })).steps).not.toContain('delivered from spool')
  const busy = await runWith({ isWaiting: true, settings, answer: () => BUSY })
  expect(busy.steps).not.toContain('delivered from spool')
})

test('a signal after the end of the job ends the delivery, and the events are queued', async () => {
  const { steps, afterMs } = await runWith({ answer: () => 'hang', signalAfterMs: 300 })
  expect(steps.slice(-4)).toEqual(['queued run', 'queued complete', 'record removed', 'courier'])
  expect(afterMs).toBe(300)
})

test('a spool that does not answer delays the start for a second, and the end by no more than the deadline', async () => {
  const { isDelivered, isThreadStuck, steps, warnings, afterMs } = await runWith({ spool: 'hung' })
  expect(steps).toEqual(['sent run', 'job ended', 'sent complete'])
  expect(warnings).toEqual(['events cannot be kept on disk: the file system of /a/spool does not answer'])
  expect({ isDelivered, isThreadStuck }).toEqual({ isDelivered: true, isThreadStuck: true })
  expect(afterMs).toBeLessThanOrEqual(5000)
})

test('the spool of a short job is awaited for a quarter of the time at most', async () => {
  const { steps } = await runWith({ spool: 'hung', jobMs: 0, settings: { deliverWithinMs: 400 } })
  expect(steps).toEqual(['job ended', 'sent run', 'sent complete'])
})

test('undelivered events are lost if the spool does not answer, 400 ms after the deadline', async () => {
  const { warnings, afterMs } = await runWith({ spool: 'hung', answer: () => 'hang' })
  expect(warnings).toEqual([
    'run and complete could not be delivered within 5s and are lost: no answer in the time given; the file system of /a/spool does not answer',
  ])
  expect(afterMs).toBeGreaterThanOrEqual(5400)
  expect(afterMs).toBeLessThan(6000)
})

test('an address that cannot be used: both events are queued, and the warning is that of the settings', async () => {
  const url = { kind: 'unusable', problem: '--url: not a URL' } as const
  const { steps, warnings } = await runWith({ settings: { url } })
  expect(steps.slice(-5)).toEqual([
    'record end',
    'queued run',
    'queued complete',
    'record removed',
    'courier',
  ])
  expect(warnings).toEqual([])
})

test('without an API key nothing is reported', async () => {
  const { isDelivered, steps, warnings } = await runWith({ settings: { key: undefined }, jobMs: 0 })
  expect(isDelivered).toBe(false)
  expect(steps).toEqual(['job ended'])
  expect(warnings).toEqual([
    'no API key, so nothing is reported: run cronitor configure, or set CRONITOR_API_KEY or CRONITOR_API_KEY_FILE',
  ])
})
