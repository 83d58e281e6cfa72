/** Puts undelivered events into the spool's queue and refused ones into `rejected`, and warns of both. */

import type { EventResult } from '../client/event-result.ts'
import type { Settings } from '../settings/settings.ts'
import type { EventFolder } from '../spool/list-events.ts'
import { notBeforeIn, type SpooledEvent } from '../spool/spooled-event.ts'
import { bootTime } from '../system/boot-clock.ts'
import { type EventTime, type KeepLimits, type KeptCount, toSpooled } from './keep-events.ts'
import { warnRejected, warnUndelivered } from './notices/delivery-warnings.ts'
import type { Notices } from './notices/notices.ts'
import { noAnswer } from './notices/spool-warnings.ts'
import type { ReportTools } from './report-tools.ts'
import type { SendOutcome } from './send-outcome.ts'
import type { SpoolKeeper } from './spool-keeper.ts'

/** The result of an event, and when the event happened. */
export interface TimedResult {
  readonly result: EventResult
  readonly time: EventTime
}

export interface KeepOptions extends KeepLimits {
  readonly opening: Promise<SpoolKeeper | undefined>
  readonly settings: Settings
  readonly notices: Notices
  /** True if the record of a run has all its events, so that the next command can send them. */
  readonly isRecorded: () => boolean
}

/** Never rejects. */
export async function keepResults(
  results: readonly TimedResult[],
  options: KeepOptions,
  { whileAnswering, keepEvents }: ReportTools,
): Promise<SendOutcome> {
  const { opening, settings, notices, withinMs, isOver } = options
  const undelivered = results.flatMap(({ result, time }) =>
    result.kind === 'undelivered' ? [{ ...result, time }] : [],
  )
  const rejected = results.flatMap(({ result, time }) =>
    result.kind === 'rejected' ? [{ ...result, time }] : [],
  )
  if (undelivered.length + rejected.length === 0) return { kind: 'delivered' }

  const opened = await whileAnswering(
    opening.then(keeper => ({ keeper })),
    withinMs,
    isOver,
  )
  async function put(
    folder: EventFolder,
    spooled: (keeper: SpoolKeeper) => readonly SpooledEvent[],
  ): Promise<KeptCount> {
    if (opened === undefined) return { kept: 0, problem: noAnswer(settings.spoolDir ?? '') }
    if (opened.keeper === undefined) return { kept: 0 }
    return keepEvents(opened.keeper, folder, spooled(opened.keeper), options)
  }
  const queued = await put('queue', keeper =>
    undelivered.map(({ event, time, tries, lastProblem, retryInMs }) =>
      toSpooled(keeper, event, time, {
        tries,
        ...offeredNow(keeper, tries),
        lastProblem,
        ...(retryInMs !== undefined && notBeforeIn(keeper.spool, retryInMs)),
      }),
    ),
  )
  const refused = await put('rejected', keeper =>
    rejected.map(({ event, time, tries, problem, status, likelyCause }) =>
      toSpooled(keeper, event, time, {
        tries,
        ...offeredNow(keeper, tries),
        lastProblem: problem,
        refused: { status, likelyCause },
      }),
    ),
  )
  warnRejected(rejected, notices, opened?.keeper !== undefined && refused.kept === rejected.length)
  const [refusal] = rejected
  if (undelivered.length === 0)
    return { kind: 'rejected', reason: refusal ? `${refusal.problem}: ${refusal.likelyCause}` : '' }

  const outcome = outcomeOf(undelivered, queued, options.isRecorded())
  const isAddressUsable = settings.url.kind === 'usable'
  // Without a spool, the warning about the address already says that nothing is kept.
  if (isAddressUsable || settings.spool)
    warnUndelivered(
      undelivered,
      isAddressUsable ? settings.deliverWithinMs : undefined,
      notices,
      outcome.kind === 'lost' ? queued : { kept: undelivered.length },
    )
  return outcome
}

function outcomeOf(
  undelivered: readonly { readonly tries: number; readonly lastProblem: string }[],
  { kept: queued, problem }: KeptCount,
  isRecorded: boolean,
): SendOutcome {
  const why = undelivered[0]?.lastProblem ?? ''
  if (queued === undelivered.length)
    return { kind: 'queued', tries: undelivered.reduce((sum, { tries }) => sum + tries, 0), reason: why }
  if (isRecorded) return { kind: 'recorded', queued, reason: why }
  return { kind: 'lost', queued, reason: problem === undefined ? why : `${why}; ${problem}` }
}

/** When an event that was tried was last offered to the API, by the clock of the boot. */
function offeredNow({ spool }: SpoolKeeper, tries: number): Pick<SpooledEvent, 'offered'> {
  const now = bootTime(spool)
  return tries === 0 || now === undefined ? {} : { offered: now }
}
