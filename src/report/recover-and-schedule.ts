/** Takes care of what earlier commands left in the spool: killed runs, events over the limits, undelivered events. */

import { join } from 'node:path'
import { joinedUrls } from '../settings/values.ts'
import { isInScope } from '../spool/delivery-scope.ts'
import { listEvents } from '../spool/list-events.ts'
import { recoverKilledRuns } from '../spool/recovery.ts'
import { folderOf, makeFolder } from '../spool/spool.ts'
import { monotonicMs } from '../system/clock.ts'
import { errorCode } from '../system/errors.ts'
import { close, open, unlink } from '../system/file-calls.ts'
import { DROP_MS, dropExcess } from './drop-excess.ts'
import { warnDamaged, warnNotForDefaultAddress, warnUnusable } from './notices/spool-warnings.ts'
import type { SpoolKeeper } from './spool-keeper.ts'
import { startCourier } from './start-courier.ts'

/**
 * Recovers runs whose wrapper was killed, drops events if some are too old, and starts a courier if events wait.
 * `isWaiting`: the queue has events that this command's key and address can deliver. Never rejects.
 */
export async function recoverAndSchedule(keeper: SpoolKeeper): Promise<{ readonly isWaiting: boolean }> {
  const { spool, notices } = keeper
  try {
    const { runs, damaged } = await recoverKilledRuns(spool)
    if (runs > 0) notices.verbose(`found ${runs} ${runs === 1 ? 'run' : 'runs'} whose wrapper was killed`)
    if (damaged.length > 0) warnDamaged(notices, spool, damaged.length)
    const { isWaiting, hasOld, hasForeign } = await surveyQueue(keeper)
    if (hasForeign) await noteForeignAddress(keeper)
    if (hasOld) await dropExcess(keeper, { withinMs: DROP_MS })
    if (isWaiting) startCourier(keeper)
    return { isWaiting }
  } catch (error) {
    warnUnusable(notices, spool, error)
    return { isWaiting: false }
  }
}

interface QueueSurvey {
  readonly isWaiting: boolean
  /** True if an event is older than `--spool-max-age`. */
  readonly hasOld: boolean
  /** True if an event was kept for a configured address. */
  readonly hasForeign: boolean
}

/** Reads the queue, which may be large, once. Ends early if all answers are known or the time is over. */
async function surveyQueue({ spool, ...scope }: SpoolKeeper): Promise<QueueSurvey> {
  const oldest = spool.wallClock() - spool.maxAgeMs
  const end = monotonicMs() + DROP_MS
  let isWaiting = false
  let hasOld = false
  let hasForeign = false
  let count = 0
  for await (const name of listEvents(spool, 'queue')) {
    count += 1
    isWaiting ||= isInScope(name, scope)
    hasOld ||= name.order < oldest
    hasForeign ||= name.key === scope.key && name.address === 'configured'
    if (isWaiting && (hasOld || (count % 1000 === 0 && monotonicMs() > end))) break
  }
  return { isWaiting, hasOld, hasForeign }
}

/**
 * Warns that events wait for a configured address while none is configured. A file remembers the warning, because cron
 * would mail it after each run. The file is removed when an address is configured.
 */
async function noteForeignAddress({ spool, settings, notices }: SpoolKeeper): Promise<void> {
  const note = join(folderOf(spool, 'locks'), 'told-of-address')
  const { url } = settings
  if (url.kind !== 'usable' || !url.isBuiltIn) return unlink(note).catch(() => {})
  try {
    await makeFolder(spool, 'locks')
    await close(await open(note, 'wx', 0o600))
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return
    throw error
  }
  warnNotForDefaultAddress(notices, spool, joinedUrls(url))
}
