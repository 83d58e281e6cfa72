/** Puts what became of a command's events where it belongs: undelivered ones into the spool, refused ones beside them. */

import type { EventResult } from '../client/event-result.ts'
import type { Settings } from '../settings/settings.ts'
import type { EventFolder } from '../spool/list-events.ts'
import type { Spool } from '../spool/spool.ts'
import { notBeforeIn, type SpooledEvent } from '../spool/spooled-event.ts'
import { bootTime } from '../system/boot-clock.ts'
import { monotonicMs } from '../system/clock.ts'
import { whileAnswering } from '../system/hung-file-system.ts'
import { tellRefused, tellUndelivered } from './descriptions.ts'
import type { Notices } from './notices/notices.ts'
import {
  type Happened,
  happensNow,
  type KeepTimes,
  type KeptCount,
  keep,
  noAnswer,
  type SpoolKeeper,
  toSpooled,
} from './spool-keeper.ts'

export interface Kept {
  /** Is there something in the queue now that was not before? */
  readonly waits: boolean
  /** Each event is delivered or in the queue. */
  readonly isSafe: boolean
  /** Is the run's record what holds them, since the spool could not be written? */
  readonly needsRecord: boolean
}

export interface KeepOptions extends Partial<KeepTimes> {
  /** Does the record of the run hold both events, so that the next run will send them if need be? */
  readonly onRecord?: () => boolean
}

/** Says in warnings what is not well. `times` are when the events happened. Never rejects. */
export async function keepResults(
  results: readonly EventResult[],
  times: readonly Happened[],
  keeping: Promise<SpoolKeeper | undefined>,
  settings: Settings,
  notices: Notices,
  { onRecord = () => false, withinMs = KEEP_MS, tidyMs, isOver }: KeepOptions = {},
): Promise<Kept> {
  const end = monotonicMs() + withinMs
  // With nothing to keep, nobody waits for the spool.
  const opened = results.some(({ kind }) => kind !== 'delivered')
    ? await whileAnswering(
        keeping.then(keeper => ({ keeper })),
        withinMs,
        isOver,
      )
    : { keeper: undefined }
  const keeper = opened?.keeper
  type Untaken = Exclude<EventResult, { readonly kind: 'delivered' }>
  const put = async <Result extends Untaken>(
    folder: EventFolder,
    some: readonly Result[],
    more: (result: Result) => Partial<SpooledEvent>,
  ): Promise<KeptCount> => {
    if (opened === undefined) return { kept: 0, problem: noAnswer(settings.spoolDir ?? '') }
    if (keeper === undefined) return { kept: 0 }
    const { spool } = keeper
    const events = some.map(result => {
      const happened = times[results.indexOf(result)] ?? happensNow()
      const { tries } = result
      return toSpooled(keeper, result.event, happened, {
        tries,
        ...offeredNow(spool, tries),
        ...more(result),
      })
    })
    return keep(keeper, folder, events, { withinMs: end - monotonicMs(), tidyMs, isOver })
  }

  const undelivered = results.filter(result => result.kind === 'undelivered')
  const rejected = results.filter(result => result.kind === 'rejected')
  const queued = await put('queue', undelivered, ({ lastProblem, holdMs }) => ({
    lastProblem,
    ...(holdMs !== undefined && keeper !== undefined && notBeforeIn(keeper.spool, holdMs)),
  }))
  const refused = await put('rejected', rejected, ({ problem, status, likelyCause }) => ({
    lastProblem: problem,
    refused: { status, likelyCause },
  }))
  tellRefused(rejected, notices, keeper !== undefined && refused.kept === rejected.length)
  const needsRecord = onRecord() && queued.kept < undelivered.length
  const isKept = needsRecord || queued.kept === undelivered.length
  const isUsable = settings.url.kind === 'usable'
  // Without a spool, the warning about the address says it.
  if (isUsable || settings.spool)
    tellUndelivered(
      undelivered,
      isUsable ? settings.deliverWithinMs : undefined,
      notices,
      isKept ? { kept: undelivered.length } : queued,
    )
  return { waits: queued.kept > 0, isSafe: rejected.length === 0 && isKept, needsRecord }
}

/** How long the writing may take at the most once the stay is over, in milliseconds: what is not on disk by then is lost. */
export const KEEP_MS = 3000

function offeredNow(spool: Spool, tries: number): Pick<SpooledEvent, 'offered'> {
  const now = bootTime(spool)
  return tries === 0 || now === undefined ? {} : { offered: now }
}
