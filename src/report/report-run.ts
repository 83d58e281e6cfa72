/** Tells the Telemetry API of a run: `run` while the job runs, then `complete` or `fail` with the end of its output. */

import type { SharedRateLimit } from '../client/delivery-tools.ts'
import type { EventResult } from '../client/event-result.ts'
import type { Settings } from '../settings/settings.ts'
import { hasSecretInMonitorKey } from '../spool/redact-event.ts'
import { createRunRecord, type OpenRunRecord } from '../spool/run-record.ts'
import { openSharedRateLimit } from '../spool/shared-rate-limit.ts'
import { displayPath } from '../spool/spool.ts'
import { msSinceBoot } from '../system/boot-clock.ts'
import { monotonicMs } from '../system/clock.ts'
import { describeSystemError } from '../system/describe-system-error.ts'
import { formatDuration } from '../system/duration.ts'
import { stopFileCalls, whileAnswering } from '../system/hung-file-system.ts'
import { sleep } from '../system/sleep.ts'
import { withTimeLimit } from '../system/time-limit.ts'
import { composeMessage } from '../telemetry/compose-message.ts'
import type { Destination, TelemetryEvent } from '../telemetry/event.ts'
import { type DestinationChoice, destinationOf } from './destination.ts'
import { KEEP_MS, keepResults } from './keep-results.ts'
import type { Notices } from './notices/notices.ts'
import { openDelivery } from './open-delivery.ts'
import type { ReportedEnd, ReportedJob, ReportedTail } from './reported-job.ts'
import {
  behindOthers,
  deliverWaiting,
  dispatch,
  type Happened,
  happensNow,
  isBehindOthers,
  noAnswer,
  openKeeper,
  recoverAndSchedule,
  SPOOL,
  type SpoolKeeper,
  toSpooled,
  useNewKey,
  withoutAddress,
} from './spool-keeper.ts'

export interface MonitoredRun {
  readonly monitorKey: string
  readonly series: string
  /** Was the series given? Then others may have used it before. */
  readonly isSeriesGiven: boolean
  readonly job: ReportedJob
  /** When the job was started: milliseconds since 1970. */
  readonly startedAt: number
  readonly tail: ReportedTail
  readonly settings: Settings
  readonly notices: Notices
  /** Aborted by a signal that came after the job's end. */
  readonly stopWaiting: AbortSignal
}

export interface Monitored {
  /** Were both events delivered? */
  readonly isWhole: boolean
  /** Does a thread hang in a system call of the spool's? */
  readonly hangs: boolean
}

/**
 * Resolves once all is delivered, refused or in the spool: `--deliver-within` after the job's end at the latest, or
 * when told to leave.
 */
export async function monitorRun(run: MonitoredRun): Promise<Monitored> {
  const { monitorKey, series, job, settings, notices, stopWaiting, startedAt } = run
  const startedUp = msSinceBoot()
  const target = destinationOf(settings)
  if (target.kind === 'no-key') {
    if (!settings.isMissingKeyExplained)
      notices.warn(
        'no API key, so nothing is reported: set CRONITOR_API_KEY or CRONITOR_API_KEY_FILE, or use --api-key-file',
      )
    return { isWhole: false, hangs: false }
  }
  const about = {
    monitorKey,
    series,
    host: settings.hostname,
    ...(settings.env !== undefined && { env: settings.env }),
  }
  const began: TelemetryEvent = { ...about, state: 'run', metrics: [] }
  if (job.pid !== undefined) notices.verbose(`started process ${job.pid}, series ${series}`)

  const keeping = openKeeper(settings, notices).then(
    keeper => keeper && { ...keeper, isFresh: !run.isSeriesGiven },
  )
  let isOpen = false
  void keeping.then(() => {
    isOpen = true
  })
  const stay = stayAfter(job, settings.deliverWithinMs, stopWaiting)
  let runIsSent = (): void => {}
  // Opened first: the HTTP client is being loaded while the record is written.
  const delivery =
    target.kind === 'open'
      ? openDelivery({
          settings,
          destination: target.destination,
          notices,
          sharedLimit: sharedLimitOf(keeping, target.destination),
          onNewKey: apiKey => void keeping.then(keeper => keeper && useNewKey(keeper, apiKey)),
          onDelivered: ({ state }) => state === 'run' && runIsSent(),
        })
      : undefined
  const recording = keeping.then(keeper => keeper && recordOf(keeper, run, began, startedUp))
  runIsSent = () => void recording.then(record => record?.noteRunSent()).catch(() => {})
  // A series that others have used may have events in the spool, which have to arrive first.
  const looking = run.isSeriesGiven
    ? recording.then(() => keeping).then(keeper => keeper && hasEarlier(keeper, began))
    : recording.then(() => false)
  // What is sent is on disk first, unless that takes too long.
  const isBehind = (await stay.whileStarting(looking, run.isSeriesGiven ? 0.8 : 0.25)) ?? false
  if (!isBehind) delivery?.add(began)
  const tending = keeping.then(keeper => keeper && recoverAndSchedule(keeper))

  const end = await job.ended
  const endedNow = happensNow()
  job.takeRest()
  notices.verbose(`the job ended: ${end.reason ?? 'exit status 0'}, after ${formatDuration(end.durationMs)}`)
  const ended: TelemetryEvent = { ...about, ...endEvent(end, run.tail, settings.secrets) }
  const times: readonly Happened[] = [
    { at: startedAt, up: startedUp },
    { at: startedAt + end.durationMs, up: endedNow.up },
  ]
  const noting = Promise.all([keeping, recording]).then(async ([keeper, record]) => {
    if (keeper === undefined || record === undefined) return false
    return noteEnd(record, keeper, ended, times[1] ?? endedNow)
  })
  let isEndNoted = false
  const noted = noting.then(isNoted => {
    isEndNoted = isNoted
  })
  await withTimeLimit(noted, Math.min(stay.leftMs() / 4, NOTE_MS), stopWaiting)
  const events = [began, ended]
  let results: readonly EventResult[]
  if (target.kind === 'no-address') results = events.map(event => withoutAddress(event, target.problem))
  else if (isBehind || delivery === undefined) results = events.map(behindOthers)
  else {
    delivery.add(ended)
    results = await delivery.settle(stay.leftMs(), stopWaiting)
  }

  // What the record holds is safe, and need not be in the queue by now.
  const isOver = (): boolean => stay.overMs() > (isEndNoted ? LEAVE_MS : isOpen ? KEEP_MS : OPEN_MS)
  const { waits, needsRecord } = await keepResults(results, times, keeping, settings, notices, {
    onRecord: () => isEndNoted,
    withinMs: stay.leftMs() + KEEP_MS,
    tidyMs: stay.leftMs(),
    isOver,
  })
  const tidying = recording.then(async record => {
    // Of the two, the run is in the queue, and there was no room for its end.
    if (needsRecord && waits) await record?.noteRunSent().catch(() => {})
    if (!needsRecord) await record?.remove().catch(() => {})
    return true
  })
  await whileAnswering(tidying, KEEP_MS, isOver)
  const keeper = await whileAnswering(keeping, stay.leftMs())
  if (keeper)
    await leaveSpool(keeper, target, { waits: waits || needsRecord, isBehind, tending, over: stay.over })
  const hangs = !(await stopFileCalls())
  // What is undelivered has said so.
  if (hangs && results.every(({ kind }) => kind !== 'undelivered'))
    notices.warn(`events cannot be kept on disk: ${noAnswer(settings.spoolDir ?? '')}`, SPOOL)
  return { isWhole: results.every(({ kind }) => kind === 'delivered'), hangs }
}

/** How long the end of a run is noted in its record before it is sent in any case, in milliseconds. */
const NOTE_MS = 500

/** How long the events are moved from the record to the queue once the stay is over, in milliseconds. */
const LEAVE_MS = 200

/** How long the spool has for being opened once the stay is over, in milliseconds. */
const OPEN_MS = 400

/** The time from the job's end to the wrapper's. */
interface Stay {
  readonly over: AbortSignal
  /** Milliseconds; all of them while the job runs. */
  readonly leftMs: () => number
  /** For how many milliseconds it has been over; 0 before. */
  readonly overMs: () => number
  /** What the promise gives, or undefined once it is time to send the first event: after that part of the stay at the latest. */
  whileStarting<Result>(promise: Promise<Result>, part: number): Promise<Result | undefined>
}

/** How long the first event waits for the spool while the job runs, in milliseconds. */
const START_MS = 1000

function stayAfter(job: ReportedJob, withinMs: number, stopWaiting: AbortSignal): Stay {
  const over = new AbortController()
  let end = Number.POSITIVE_INFINITY
  void job.ended.then(() => {
    end = monotonicMs() + withinMs
    void sleep(withinMs, stopWaiting).then(() => {
      end = Math.min(end, monotonicMs())
      over.abort()
    })
  })
  const leftMs = (): number => Math.max(0, Math.min(withinMs, end - monotonicMs()))
  return {
    over: over.signal,
    leftMs,
    overMs: () => Math.max(0, monotonicMs() - end),
    async whileStarting(promise, part) {
      const late = new AbortController()
      void job.ended
        .then(() => sleep(Math.min(withinMs * part, START_MS), stopWaiting))
        .then(() => late.abort())
      return withTimeLimit(promise, START_MS, late.signal)
    },
  }
}

/** That of the spool, once it is open. */
function sharedLimitOf(keeping: Promise<SpoolKeeper | undefined>, { baseUrl }: Destination): SharedRateLimit {
  let limit: SharedRateLimit | undefined
  void keeping.then(keeper => {
    limit = keeper && openSharedRateLimit(keeper.spool, new URL(baseUrl).origin, monotonicMs)
  })
  return {
    waitMs: async () => (await limit?.waitMs()) ?? 0,
    noteLimit: async ms => limit?.noteLimit(ms),
  }
}

/** False where it could not be written. */
async function noteEnd(
  record: OpenRunRecord,
  keeper: SpoolKeeper,
  ended: TelemetryEvent,
  endedAt: Happened,
): Promise<boolean> {
  return record.noteEnd(toSpooled(keeper, ended, endedAt)).then(
    () => true,
    () => false,
  )
}

/** Undefined where it cannot be written: the run goes on without one. */
async function recordOf(
  keeper: SpoolKeeper,
  { job, startedAt }: MonitoredRun,
  began: TelemetryEvent,
  startedUp: number,
): Promise<OpenRunRecord | undefined> {
  const { spool, key, address, notices, settings } = keeper
  if (hasSecretInMonitorKey(began, settings.secrets)) return undefined
  try {
    const { event, up } = toSpooled(keeper, began, { at: startedAt, up: startedUp })
    return await createRunRecord(spool, event, { key, address, startedAt, up, jobPid: job.pid })
  } catch (error) {
    notices.warn(`events cannot be kept on disk: ${displayPath(spool)}: ${describeSystemError(error)}`, SPOOL)
    return undefined
  }
}

/** Those of a wrapper that was killed count as well, and are put into the spool by this. */
async function hasEarlier(keeper: SpoolKeeper, began: TelemetryEvent): Promise<boolean> {
  await recoverAndSchedule(keeper)
  return isBehindOthers(keeper, began)
}

/**
 * What waits in the spool is left to a courier. Without one it is delivered from here until the end of the stay,
 * unless it waits because the API could not be reached just now.
 */
async function leaveSpool(
  keeper: SpoolKeeper,
  target: DestinationChoice,
  state: {
    /** Are this run's own events there? */
    readonly waits: boolean
    /** Have they not been tried, since others are in front of them? */
    readonly isBehind: boolean
    readonly tending: Promise<{ readonly waiting: boolean } | undefined>
    readonly over: AbortSignal
  },
): Promise<void> {
  const { over } = state
  const left = new Promise<undefined>(resolve => {
    if (over.aborted) resolve(undefined)
    else over.addEventListener('abort', () => resolve(undefined), { once: true })
  })
  if (state.waits) dispatch(keeper)
  const tended = await Promise.race([state.tending, left])
  if (target.kind !== 'open' || keeper.settings.courier || over.aborted) return
  if (state.waits ? !state.isBehind : !tended?.waiting) return
  await deliverWaiting(keeper, target.destination, 'run', over)
}

function endEvent(
  { status, durationMs, reason }: ReportedEnd,
  tail: ReportedTail,
  secrets: readonly string[],
) {
  return {
    state: reason === undefined ? 'complete' : 'fail',
    statusCode: status,
    metrics: [{ name: 'duration', value: durationMs / 1000 }],
    message: composeMessage({
      tail: tail.bytes(),
      totalBytes: tail.total(),
      secrets,
      ...(reason !== undefined && { reason }),
    }),
  } satisfies Partial<TelemetryEvent>
}
