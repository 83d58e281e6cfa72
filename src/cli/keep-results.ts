/** Puts what became of a command's events where it belongs: undelivered ones into the spool, refused ones beside them. */

import type { Settings } from '../settings/settings.ts'
import type { SpooledEvent } from '../spool/event-file.ts'
import type { EventFolder } from '../spool/queue.ts'
import type { EventResult } from '../telemetry/delivery.ts'
import type { OwnWords } from './own-words.ts'
import { tellRefused, tellUndelivered } from './reports.ts'
import { type KeptCount, keep, type SpoolKeeper, toSpooled } from './spool-keeper.ts'

export interface Kept {
  /** Is there something in the queue now that was not before? */
  readonly waits: boolean
  /** Each event is delivered or in the queue. */
  readonly isSafe: boolean
  /** Is the run's record what holds them, since the spool could not be written? */
  readonly needsRecord: boolean
}

/**
 * Says in warnings what is not well. `times` are when the events happened, in milliseconds since 1970. `onRecord`: the
 * record of the run holds both events, and the next run will send them if need be. Never rejects.
 */
export async function keepResults(
  results: readonly EventResult[],
  times: readonly number[],
  keeper: SpoolKeeper | undefined,
  settings: Settings,
  own: OwnWords,
  onRecord = false,
): Promise<Kept> {
  type Untaken = Exclude<EventResult, { readonly kind: 'delivered' }>
  const put = async <Result extends Untaken>(
    folder: EventFolder,
    some: readonly Result[],
    more: (result: Result) => Partial<SpooledEvent>,
  ): Promise<KeptCount> => {
    if (keeper === undefined) return { kept: 0 }
    const events = some.map(result => {
      const occurredAt = times[results.indexOf(result)] ?? keeper.spool.wallClock()
      return toSpooled(keeper, result.event, occurredAt, { tries: result.tries, ...more(result) })
    })
    return keep(keeper, folder, events)
  }

  const undelivered = results.filter(result => result.kind === 'undelivered')
  const rejected = results.filter(result => result.kind === 'rejected')
  const queued = await put('queue', undelivered, ({ lastProblem, holdMs }) => ({
    lastProblem,
    ...(holdMs !== undefined && { notBefore: Date.now() + holdMs }),
  }))
  const refused = await put('rejected', rejected, ({ problem, status, likelyCause }) => ({
    lastProblem: problem,
    refused: { status, likelyCause },
  }))
  tellRefused(rejected, own, keeper !== undefined && refused.kept === rejected.length)
  const needsRecord = onRecord && queued.kept < undelivered.length
  const isKept = needsRecord || queued.kept === undelivered.length
  const isUsable = settings.url.kind === 'usable'
  // Without a spool, the warning about the address says it.
  if (isUsable || settings.spool)
    tellUndelivered(
      undelivered,
      isUsable ? settings.deliverWithinMs : undefined,
      own,
      isKept ? { kept: undelivered.length } : queued,
    )
  return { waits: queued.kept > 0, isSafe: rejected.length === 0 && isKept, needsRecord }
}
