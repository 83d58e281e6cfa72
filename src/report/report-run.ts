/** Reports a run: `run` while the job runs, then `complete` or `fail` with the end of its output. */

import type { Delivery } from '../client/delivery.ts'
import { newAuthorityNote, useAuthorityNote } from '../client/known-authority.ts'
import type { Settings } from '../settings/settings.ts'
import { msSinceBoot } from '../system/boot-clock.ts'
import { formatDuration } from '../system/duration.ts'
import type { TelemetryEvent } from '../telemetry/event.ts'
import { type DeliveryDeadline, startDeadline } from './delivery-deadline.ts'
import { destinationOf, type KeyedDestination } from './destination.ts'
import { type EventLog, openEventLog } from './event-log.ts'
import { eventTimeNow, type TimedEvent } from './keep-events.ts'
import { NOT_REPORTED } from './notices/missing-key.ts'
import type { Notices } from './notices/notices.ts'
import { noAnswer, warnCannotKeep } from './notices/spool-warnings.ts'
import { rateLimitOnceOpen } from './open-delivery.ts'
import type { Remarks } from './remarks.ts'
import { REPORT_TOOLS, type ReportTools } from './report-tools.ts'
import type { ReportedJob, ReportedTail } from './reported-job.ts'
import { endEvent, startEvent } from './run-events.ts'
import { openRunRecorder, type RunRecorder } from './run-recorder.ts'
import { type EventRoute, sendOrKeep } from './send-or-keep.ts'
import { isUndelivered, isWaiting, type NoKeyOutcome, type SendOutcome } from './send-outcome.ts'
import { type SpoolKeeper, useNewKey } from './spool-keeper.ts'

export interface ReportedRun {
  readonly monitorKey: string
  readonly series: string
  /** True if the user chose the series; earlier events of it may exist. */
  readonly isSeriesChosen: boolean
  readonly job: ReportedJob
  /** When the job was started: milliseconds since 1970. */
  readonly startedAt: number
  readonly tail: ReportedTail
  readonly settings: Settings
  readonly notices: Notices
  /** Aborts when a signal arrives after the job's end. */
  readonly stopWaiting: AbortSignal
  readonly remarks?: Remarks
  /** `RunReport.authorityNote` of an earlier run. */
  readonly authorityNote?: string | undefined
}

export interface RunReport {
  readonly outcome: SendOutcome | NoKeyOutcome
  /** True if a thread is stuck in a system call on the spool's file system. */
  readonly isThreadStuck: boolean
  /** For later runs: which certificate authorities to trust first. Undefined if nothing has changed. */
  readonly authorityNote?: string | undefined
}

/**
 * Resolves when each event is delivered, refused, kept or lost: `--deliver-within` after the job's end at the latest, or when
 * `stopWaiting` aborts.
 */
export async function reportRun(run: ReportedRun, tools: ReportTools = REPORT_TOOLS): Promise<RunReport> {
  const startTime = { at: run.startedAt, up: msSinceBoot() }
  const { settings, notices, stopWaiting, authorityNote } = run
  logRemarks(run)
  if (authorityNote !== undefined) useAuthorityNote(authorityNote)
  const target = destinationOf(settings)
  if (target.kind === 'no-key') {
    if (!settings.isMissingKeyExplained) notices.warn(NOT_REPORTED)
    return { outcome: target, isThreadStuck: false }
  }
  const start = { event: startEvent(run), time: startTime }
  const { opening, deadline, recorder, delivery } = prepare(run, start, target, tools)
  const hasEarlier = await lookForEarlier(run, start.event, { opening, recorder }, tools)
  const route = chooseRoute(target, delivery, hasEarlier)
  sendNow(route, start.event)
  const recovering = opening.then(keeper => keeper && tools.recoverAndSchedule(keeper))

  const end = await endOfRun(run)
  const recordMs = Math.min(deadline.leftMs() / 4, RECORD_END_MS)
  await tools.withTimeLimit(recorder.recordEnd(end.event, end.time), recordMs, stopWaiting)
  sendNow(route, end.event)
  const outcome = await sendOrKeep(
    { events: [start, end], route, deadline, stopWaiting, opening, record: recorder, settings, notices },
    tools,
  )

  const keeper = await tools.whileAnswering(opening, deadline.leftMs())
  if (keeper) await deliverRest(keeper, { target, route, outcome, recovering, deadline }, tools)
  const isThreadStuck = !(await tools.stopFileCalls())
  if (isThreadStuck && !isUndelivered(outcome)) warnCannotKeep(notices, noAnswer(settings.spoolDir ?? ''))
  return { outcome, isThreadStuck, authorityNote: newAuthorityNote() }
}

/** The log is opened once more: most runs have no remarks. */
function logRemarks({ remarks, series, settings, notices }: ReportedRun): void {
  if (remarks === undefined) return
  let log: EventLog | undefined
  remarks.listen(text => {
    log ??= openEventLog(settings, problem => notices.warn(problem))
    log.remark(series, text)
  })
}

/** How long the event of the end waits until it is recorded, in milliseconds. It is sent after that in any case. */
const RECORD_END_MS = 500

interface Prepared {
  readonly opening: Promise<SpoolKeeper | undefined>
  readonly deadline: DeliveryDeadline
  readonly recorder: RunRecorder
  /** Undefined without a usable address. */
  readonly delivery: Delivery | undefined
}

/** Starts to open the spool, the record and the connection to the API, and waits for none of them. */
function prepare(
  run: ReportedRun,
  start: TimedEvent,
  target: KeyedDestination,
  tools: ReportTools,
): Prepared {
  const { job, settings, notices } = run
  if (job.pid !== undefined) notices.verbose(`started process ${job.pid}, series ${run.series}`)
  const opening = tools
    .openKeeper(settings, notices)
    .then(keeper => keeper && { ...keeper, isNewSeries: !run.isSeriesChosen })
  const recorder = openRunRecorder(opening, { ...start, jobPid: job.pid }, tools)
  const deadline = startDeadline(job.ended, leftToDeliver(run), run.stopWaiting, tools)
  if (target.kind === 'no-address') return { opening, deadline, recorder, delivery: undefined }
  // The HTTP client is loaded and connects while the record is written.
  const delivery = tools.openDelivery({
    settings,
    destination: target.destination,
    notices,
    sharedLimit: rateLimitOnceOpen(opening, target.destination),
    onNewKey: apiKey => void opening.then(keeper => keeper && useNewKey(keeper, apiKey)),
    onDelivered: ({ state }) => state === 'run' && recorder.startDelivered(),
  })
  return { opening, deadline, recorder, delivery }
}

/** What is left of `--deliver-within`, in milliseconds: the job may have ended before its report began. */
function leftToDeliver({ job, settings }: ReportedRun): number {
  return Math.max(0, settings.deliverWithinMs - job.sinceEndMs())
}

/** How long the event of the start waits for the spool while the job runs, in milliseconds. */
const START_MS = 1000

/** The share of `--deliver-within` for the same wait, once the job has ended. */
const START_SHARE = 0.25
const START_SHARE_OF_CHOSEN_SERIES = 0.8

/**
 * Waits until the start is recorded: it must be on disk before it is sent. True if the spool has earlier events of the
 * series, including those of a killed wrapper, which are put there first. False if the spool takes too long.
 */
async function lookForEarlier(
  run: ReportedRun,
  start: TelemetryEvent,
  { opening, recorder }: Pick<Prepared, 'opening' | 'recorder'>,
  { sleep, withTimeLimit, recoverAndSchedule, hasEarlierEvents }: ReportTools,
): Promise<boolean> {
  async function look(): Promise<boolean> {
    await recorder.startRecorded
    const keeper = await opening
    if (!run.isSeriesChosen || keeper === undefined) return false
    await recoverAndSchedule(keeper)
    return hasEarlierEvents(keeper, start)
  }
  const share = run.isSeriesChosen ? START_SHARE_OF_CHOSEN_SERIES : START_SHARE
  const lateMs = Math.min(leftToDeliver(run) * share, START_MS)
  const late = new AbortController()
  void run.job.ended.then(() => sleep(lateMs, run.stopWaiting)).then(() => late.abort())
  return (await withTimeLimit(look(), START_MS, late.signal)) ?? false
}

function chooseRoute(
  target: KeyedDestination,
  delivery: Delivery | undefined,
  hasEarlier: boolean,
): EventRoute {
  if (target.kind === 'no-address') return target
  return hasEarlier || delivery === undefined ? { kind: 'behind-earlier' } : { kind: 'direct', delivery }
}

function sendNow(route: EventRoute, event: TelemetryEvent): void {
  if (route.kind === 'direct') route.delivery.add(event)
}

async function endOfRun(run: ReportedRun): Promise<TimedEvent> {
  const ended = await run.job.ended
  const { up } = eventTimeNow()
  await run.job.takeRest()
  const { reason = 'exit status 0', durationMs } = ended
  run.notices.verbose(`the job ended: ${reason}, after ${formatDuration(durationMs)}`)
  return { event: endEvent(run, ended, run.tail), time: { at: run.startedAt + durationMs, up } }
}

/**
 * With `--no-courier`, delivers from the spool until the deadline, unless the API could not be reached just now. Waits for the
 * recovery of earlier runs in any case.
 */
async function deliverRest(
  keeper: SpoolKeeper,
  state: {
    readonly target: KeyedDestination
    readonly route: EventRoute
    readonly outcome: SendOutcome
    readonly recovering: Promise<{ readonly isWaiting: boolean } | undefined>
    readonly deadline: DeliveryDeadline
  },
  { deliverFromSpool }: ReportTools,
): Promise<void> {
  const { target, route, outcome, recovering } = state
  const { passed } = state.deadline
  const recovered = await Promise.race([recovering, aborted(passed)])
  if (target.kind !== 'open' || keeper.settings.courier || passed.aborted) return
  const isWorthTrying = isWaiting(outcome) ? route.kind === 'behind-earlier' : recovered?.isWaiting
  if (isWorthTrying) await deliverFromSpool(keeper, target.destination, 'run', passed)
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise(resolve => {
    if (signal.aborted) resolve(undefined)
    else signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}
