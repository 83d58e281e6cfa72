/** Reports one telemetry event, for `cronitor ping`. */

import type { Settings } from '../settings/settings.ts'
import type { TelemetryEvent } from '../telemetry/event.ts'
import { type DeliveryDeadline, startDeadline } from './delivery-deadline.ts'
import { destinationOf, type KeyedDestination } from './destination.ts'
import { eventTimeNow } from './keep-events.ts'
import { NO_KEY } from './notices/missing-key.ts'
import type { Notices } from './notices/notices.ts'
import { noAnswer, warnCannotKeep } from './notices/spool-warnings.ts'
import { rateLimitOf } from './open-delivery.ts'
import { REPORT_TOOLS, type ReportTools } from './report-tools.ts'
import { type EventRoute, sendOrKeep } from './send-or-keep.ts'
import { isUndelivered, isWaiting, type NoKeyOutcome, type SendOutcome } from './send-outcome.ts'
import { type SpoolKeeper, useNewKey } from './spool-keeper.ts'

export interface ReportedPing {
  readonly event: TelemetryEvent
  readonly settings: Settings
  readonly notices: Notices
  /** Aborts when a signal arrives. */
  readonly stopWaiting: AbortSignal
}

export interface PingReport {
  readonly outcome: SendOutcome | NoKeyOutcome
  /** True if a thread is stuck in a system call on the spool's file system. */
  readonly isThreadStuck: boolean
}

/** Resolves when the event is delivered, refused, kept or lost: within `--deliver-within`, or when `stopWaiting` aborts. */
export async function reportPing(ping: ReportedPing, tools: ReportTools = REPORT_TOOLS): Promise<PingReport> {
  const { event, settings, notices, stopWaiting } = ping
  const target = destinationOf(settings)
  if (target.kind === 'no-key') {
    if (!settings.isMissingKeyExplained) notices.warn(`nothing was sent: ${NO_KEY}`)
    return { outcome: target, isThreadStuck: false }
  }
  const time = eventTimeNow()
  const opening = tools.openKeeper(settings, notices)
  const deadline = startDeadline(Promise.resolve(), settings.deliverWithinMs, stopWaiting, tools)
  const route = await chooseRoute(ping, target, opening, tools)
  if (route.kind === 'direct') route.delivery.add(event)
  const outcome = await sendOrKeep(
    { events: [{ event, time }], route, deadline, stopWaiting, opening, settings, notices },
    tools,
  )

  const caring = opening.then(keeper => keeper && careForSpool(keeper, target, outcome, deadline, tools))
  const careMs = Math.max(deadline.leftMs(), CARE_MS)
  await tools.withTimeLimit(tools.whileAnswering(caring, careMs), careMs, stopWaiting)
  const isThreadStuck = !(await tools.stopFileCalls())
  if (isThreadStuck && !isUndelivered(outcome)) warnCannotKeep(notices, noAnswer(settings.spoolDir ?? ''))
  return { outcome, isThreadStuck }
}

/**
 * How long the event waits for the check for earlier events in the spool, in milliseconds. It is sent after that in any
 * case.
 */
const LOOK_MS = 2000

/** The least time for a ping's work on the spool, in milliseconds. */
const CARE_MS = 200

async function chooseRoute(
  { event, settings, notices, stopWaiting }: ReportedPing,
  target: KeyedDestination,
  opening: Promise<SpoolKeeper | undefined>,
  tools: ReportTools,
): Promise<EventRoute> {
  const looking = opening.then(async keeper => ({
    keeper,
    hasEarlier: keeper !== undefined && (await tools.hasEarlierEvents(keeper, event)),
  }))
  // Undefined if the file system does not answer.
  const looked = await tools.withTimeLimit(
    looking,
    Math.min(settings.deliverWithinMs / 2, LOOK_MS),
    stopWaiting,
  )
  if (target.kind === 'no-address') return target
  if (looked?.hasEarlier) return { kind: 'behind-earlier' }
  const keeper = looked?.keeper
  const delivery = tools.openDelivery({
    settings,
    destination: target.destination,
    notices,
    sharedLimit: keeper && rateLimitOf(keeper, target.destination),
    onNewKey: apiKey => keeper && useNewKey(keeper, apiKey),
  })
  return { kind: 'direct', delivery }
}

/**
 * Takes care of what earlier commands left in the spool. If this command's event waits in the spool, the courier does
 * that; with `--no-courier` this command delivers from the spool, unless the event has just been tried in vain.
 */
async function careForSpool(
  keeper: SpoolKeeper,
  target: KeyedDestination,
  outcome: SendOutcome,
  { passed }: DeliveryDeadline,
  { recoverAndSchedule, deliverFromSpool }: ReportTools,
): Promise<void> {
  if (!isWaiting(outcome) || target.kind === 'no-address') {
    await recoverAndSchedule(keeper)
    return
  }
  const isUntried = outcome.kind === 'queued' && outcome.tries === 0
  if (isUntried && !keeper.settings.courier)
    await deliverFromSpool(keeper, target.destination, 'ping', passed)
}
