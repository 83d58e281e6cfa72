/** Tells the Telemetry API of a run: `run` while the job runs, then `complete` or `fail` with the end of its output. */

import { monotonicMs } from '../job/clock.ts'
import { type JobEnd, statusOf } from '../job/end.ts'
import type { Job } from '../job/start.ts'
import type { Tail } from '../job/tail.ts'
import { formatDuration } from '../settings/duration.ts'
import type { Settings } from '../settings/settings.ts'
import { holdsSecret } from '../spool/event-file.ts'
import { faultWords } from '../spool/fault.ts'
import { shownFolder } from '../spool/folders.ts'
import { beginRecord, type OwnRecord } from '../spool/run-record.ts'
import { sharedPace } from '../spool/shared-pace.ts'
import type { EventResult } from '../telemetry/delivery.ts'
import type { TelemetryEvent } from '../telemetry/event.ts'
import { composeMessage } from '../telemetry/message.ts'
import { sleep } from '../telemetry/sleep.ts'
import { type DestinationChoice, destinationOf } from './destination.ts'
import { keepResults } from './keep-results.ts'
import { openDelivery } from './open-delivery.ts'
import type { OwnWords } from './own-words.ts'
import {
  behindOthers,
  deliverWaiting,
  dispatch,
  isBehindOthers,
  openKeeper,
  SPOOL,
  type SpoolKeeper,
  tend,
  toSpooled,
  useNewKey,
  withoutAddress,
} from './spool-keeper.ts'

export interface MonitoredRun {
  readonly monitorKey: string
  readonly series: string
  /** Was the series given? Then others may have used it before. */
  readonly isSeriesGiven: boolean
  readonly job: Job
  /** When the job was started: milliseconds since 1970. */
  readonly startedAt: number
  readonly tail: Tail
  readonly settings: Settings
  readonly own: OwnWords
  /** Aborted by a signal that came after the job's end. */
  readonly toldToLeave: AbortSignal
}

/**
 * Resolves once all is delivered, refused or in the spool: `--deliver-within` after the job's end at the latest, or
 * when told to leave. True where both events were delivered.
 */
export async function monitorRun(run: MonitoredRun): Promise<boolean> {
  const { monitorKey, series, job, settings, own, toldToLeave, startedAt } = run
  const target = destinationOf(settings)
  if (target.kind === 'no-key') {
    if (!settings.isKeyTold)
      own.warn(
        'no API key, so nothing is reported: set CRONITOR_API_KEY or CRONITOR_API_KEY_FILE, or use --api-key-file',
      )
    return false
  }
  const about = {
    monitorKey,
    series,
    host: settings.hostname,
    ...(settings.env !== undefined && { env: settings.env }),
  }
  const began: TelemetryEvent = { ...about, state: 'run', metrics: [] }
  if (job.pid !== undefined) own.step(`started process ${job.pid}, series ${series}`)

  const opened = openKeeper(settings, own)
  const keeper = opened && { ...opened, isFresh: !run.isSeriesGiven }
  let runIsSent = (): void => {}
  // Opened first: the HTTP client is being loaded while the record is written.
  const delivery =
    target.kind === 'open'
      ? openDelivery({
          settings,
          destination: target.destination,
          own,
          pace: keeper && sharedPace(keeper.spool, new URL(target.destination.baseUrl).origin, monotonicMs),
          onNewKey: apiKey => keeper && useNewKey(keeper, apiKey),
          onDelivered: ({ state }) => state === 'run' && runIsSent(),
        })
      : undefined
  const record = keeper && (await recordOf(keeper, run, began))
  runIsSent = () => void record?.runSent().catch(() => {})
  // A series that others have used may have events in the spool, which have to arrive first.
  const isBehind = keeper !== undefined && run.isSeriesGiven && (await hasEarlier(keeper, began))
  if (!isBehind) delivery?.add(began)
  const tending = keeper === undefined ? undefined : tend(keeper)

  const end = await job.ended
  for (const relay of job.relays) relay.takeRest()
  own.step(`the job ended: ${reasonOf(end) ?? 'exit status 0'}, after ${formatDuration(end.durationMs)}`)
  const over = endOfStay(settings.deliverWithinMs, toldToLeave)
  const ended: TelemetryEvent = { ...about, ...endEvent(end, run.tail, settings.secrets) }
  const endedAt = startedAt + end.durationMs
  const isEndNoted =
    record !== undefined && keeper !== undefined && (await noteEnd(record, keeper, ended, endedAt))
  const events = [began, ended]
  let results: readonly EventResult[]
  if (target.kind === 'no-address') results = events.map(event => withoutAddress(event, target.problem))
  else if (isBehind || delivery === undefined) results = events.map(behindOthers)
  else {
    delivery.add(ended)
    results = await delivery.settle(settings.deliverWithinMs, toldToLeave)
  }

  const { waits, needsRecord } = await keepResults(
    results,
    [startedAt, endedAt],
    keeper,
    settings,
    own,
    isEndNoted,
  )
  // Of the two, the run is in the queue, and there was no room for its end.
  if (needsRecord && waits) await record?.runSent().catch(() => {})
  if (!needsRecord) await record?.remove().catch(() => {})
  if (keeper !== undefined) await leaveSpool(keeper, target, { waits, isBehind, tending, over })
  return results.every(({ kind }) => kind === 'delivered')
}

/** False where it could not be written. */
async function noteEnd(
  record: OwnRecord,
  keeper: SpoolKeeper,
  ended: TelemetryEvent,
  endedAt: number,
): Promise<boolean> {
  return record.ended(toSpooled(keeper, ended, endedAt)).then(
    () => true,
    () => false,
  )
}

/** Undefined where it cannot be written: the run goes on without one. */
async function recordOf(
  keeper: SpoolKeeper,
  { job, startedAt }: MonitoredRun,
  began: TelemetryEvent,
): Promise<OwnRecord | undefined> {
  const { spool, key, address, own, settings } = keeper
  if (holdsSecret(began, settings.secrets)) return undefined
  try {
    const { event } = toSpooled(keeper, began, startedAt)
    return await beginRecord(spool, event, { key, address, startedAt, jobPid: job.pid })
  } catch (error) {
    own.warn(`events cannot be kept on disk: ${shownFolder(spool)}: ${faultWords(error)}`, SPOOL)
    return undefined
  }
}

/** Those of a wrapper that was killed count as well, and are put into the spool by this. */
async function hasEarlier(keeper: SpoolKeeper, began: TelemetryEvent): Promise<boolean> {
  await tend(keeper)
  return isBehindOthers(keeper, began)
}

/** Aborts at the end of the stay. */
function endOfStay(withinMs: number, toldToLeave: AbortSignal): AbortSignal {
  const over = new AbortController()
  void sleep(withinMs, toldToLeave).then(() => over.abort())
  return over.signal
}

/**
 * What waits in the spool is a courier's. Where there is to be none, it is delivered from here as long as the stay lasts,
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
    readonly tending: Promise<{ readonly waiting: boolean }> | undefined
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

function endEvent(end: JobEnd, tail: Tail, secrets: readonly string[]) {
  const reason = reasonOf(end)
  return {
    state: reason === undefined ? 'complete' : 'fail',
    statusCode: statusOf(end),
    metrics: [{ name: 'duration', value: end.durationMs / 1000 }],
    message: composeMessage({
      tail: tail.bytes(),
      totalBytes: tail.total(),
      secrets,
      ...(reason !== undefined && { reason }),
    }),
  } satisfies Partial<TelemetryEvent>
}

/** Why the job failed; undefined where it did not. */
function reasonOf(end: JobEnd): string | undefined {
  switch (end.kind) {
    case 'exited':
      return end.status === 0 ? undefined : `exit status ${end.status}`
    case 'killed':
      return `killed by ${end.signal}`
    case 'not-started':
      return end.reason
    default:
      return end satisfies never
  }
}
