/** Copies events into the relay's spool when they are stored, and keeps the spool within its limits. */

import { enforceLimits } from '../../spool/enforce-limits.ts'
import { monotonicMs } from '../../system/clock.ts'
import { sleep } from '../../system/sleep.ts'
import { copyStored } from './copy-stored.ts'
import { ERROR_PAUSE_MS, POLL_MS } from './loop-intervals.ts'
import { describeRelayError } from './relay-notices.ts'
import type { RelayRun } from './relay-run.ts'

/** The limits of the spool are enforced this often, in milliseconds; if events were refused, once a `POLL_MS`. */
const LIMITS_INTERVAL_MS = 3_600_000

/** Resolves once `run.stop` aborts; never rejects. */
export async function copyLoop(run: RelayRun): Promise<void> {
  const { stop, copyWakeUp, notices } = run
  let limitsEnforcedAt = Number.NEGATIVE_INFINITY
  while (!stop.aborted) {
    try {
      const hasMore = await copyBatch(run)
      const now = monotonicMs()
      if (now - limitsEnforcedAt >= (run.refusedCount > 0 ? POLL_MS : LIMITS_INTERVAL_MS)) {
        limitsEnforcedAt = now
        run.refusedCount = 0
        notices.dropped(await enforceLimits(run.spool))
      }
      if (hasMore) continue
    } catch (error) {
      notices.once(
        `events wait to be sent on, since they cannot be read or kept: ${describeRelayError(error)}`,
      )
      await sleep(ERROR_PAUSE_MS, stop)
    }
    await copyWakeUp.wait(POLL_MS, stop)
  }
}

/** True if the store has more events, and the spool has room. */
async function copyBatch(run: RelayRun): Promise<boolean> {
  const copy = copyStored(run)
  run.copying = copy.catch(() => {})
  const copied = await copy
  run.notices.copied(copied)
  run.isSpoolFull = copied.kind === 'full'
  run.deliverWakeUp.wake()
  for (const listener of run.putListeners) listener()
  return copied.kind === 'more'
}
