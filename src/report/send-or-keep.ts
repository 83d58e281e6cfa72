/** Sends events now, and keeps undelivered ones in the spool, for a courier. */

import type { Delivery } from '../client/delivery.ts'
import type { EventResult } from '../client/event-result.ts'
import type { Settings } from '../settings/settings.ts'
import type { DeliveryDeadline } from './delivery-deadline.ts'
import { behindEarlier } from './earlier-events.ts'
import type { TimedEvent } from './keep-events.ts'
import { keepResults } from './keep-results.ts'
import type { Notices } from './notices/notices.ts'
import type { ReportTools } from './report-tools.ts'
import { isWaiting, type SendOutcome } from './send-outcome.ts'
import type { SpoolKeeper } from './spool-keeper.ts'

/** Where the events of a command are sent first. */
export type EventRoute =
  /** To the API. All events were added to the delivery. */
  | { readonly kind: 'direct'; readonly delivery: Delivery }
  /** To the spool: it holds earlier events of the series, which must arrive first. */
  | { readonly kind: 'behind-earlier' }
  /** To the spool: the configured address cannot be used. */
  | { readonly kind: 'no-address'; readonly problem: string }

/** A place beside the queue that holds the events of a run. */
export interface EventRecord {
  /** True if the record holds all events of the run. */
  readonly isComplete: () => boolean
  /** True if the next command would find the record. */
  readonly isOnDisk: () => boolean
  /** How long work on the spool may continue after the deadline, in milliseconds. */
  readonly graceMs: () => number
  /** Removes from the record what is delivered or in the queue. Never rejects. */
  readonly update: (outcome: SendOutcome) => Promise<void>
}

export interface SendOrKeepOptions {
  readonly events: readonly TimedEvent[]
  readonly route: EventRoute
  readonly deadline: DeliveryDeadline
  readonly stopWaiting: AbortSignal
  /** Undefined without a usable spool. */
  readonly opening: Promise<SpoolKeeper | undefined>
  readonly record?: EventRecord
  readonly settings: Settings
  readonly notices: Notices
}

/** How long writing to the spool may continue after the deadline, in milliseconds. */
export const KEEP_MS = 3000

/** Resolves when each event is delivered, refused, kept or lost. Warnings say what was not delivered. Never rejects. */
export async function sendOrKeep(options: SendOrKeepOptions, tools: ReportTools): Promise<SendOutcome> {
  const { events, deadline, stopWaiting, opening, record, settings, notices } = options
  const results = await send(options)
  const isOver = overdueAfter(deadline, () => record?.graceMs() ?? KEEP_MS)
  const outcome = await keepResults(
    events.map(({ event, time }, index) => ({ result: results[index] ?? behindEarlier(event), time })),
    {
      opening,
      settings,
      notices,
      isRecorded: () => record?.isComplete() ?? false,
      withinMs: deadline.leftMs() + KEEP_MS,
      dropMs: deadline.leftMs(),
      isOver,
    },
    tools,
  )
  if (record !== undefined) {
    const updating = record.update(outcome)
    // If the record stays, the next command reports that this process was killed. A busy disk can seem to hang after a
    // second of silence, so this waits for the whole time.
    if (record.isOnDisk()) await tools.withTimeLimit(updating, deadline.leftMs(), stopWaiting)
    await tools.whileAnswering(updating, KEEP_MS, isOver)
  }
  if (isWaiting(outcome)) {
    const keeper = await opening
    if (keeper !== undefined) tools.startCourier(keeper)
  }
  return outcome
}

/** True once `graceMs` have passed since the deadline, as `whileAnswering` counts them. */
function overdueAfter({ leftMs }: DeliveryDeadline, graceMs: () => number): (passedMs: number) => boolean {
  let overdueMs = 0
  return passedMs => {
    if (leftMs() > 0) return false
    overdueMs += passedMs
    return overdueMs > graceMs()
  }
}

async function send({
  route,
  events,
  deadline,
  stopWaiting,
}: SendOrKeepOptions): Promise<readonly EventResult[]> {
  switch (route.kind) {
    case 'direct':
      return route.delivery.settle(deadline.leftMs(), stopWaiting)
    case 'behind-earlier':
      return events.map(({ event }) => behindEarlier(event))
    case 'no-address':
      return events.map(({ event }) => ({
        kind: 'undelivered',
        event,
        lastProblem: route.problem,
        tries: 0,
      }))
    default:
      return route satisfies never
  }
}
