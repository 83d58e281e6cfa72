/** With `--no-courier`, the command itself delivers the events that wait in the spool. */

import { readKeyFile } from '../settings/key-file.ts'
import { drain } from '../spool/drain/drain.ts'
import { openSpoolSender } from '../spool/sender.ts'
import { deliveryLockPath } from '../spool/spool.ts'
import { acquireLock } from '../system/lock.ts'
import type { Destination } from '../telemetry/event.ts'
import { warnDamaged, warnUnusable } from './notices/spool-warnings.ts'
import type { SpoolKeeper } from './spool-keeper.ts'

/** Resolves when the queue is empty or the signal aborts; at once if another process delivers. Never rejects. */
export async function deliverFromSpool(
  keeper: SpoolKeeper,
  destination: Destination,
  role: 'run' | 'ping',
  signal: AbortSignal,
): Promise<void> {
  const { spool, key, settings, notices } = keeper
  try {
    const acquired = acquireLock(deliveryLockPath(spool, key), role, spool.place)
    if (acquired.kind === 'busy') return
    const delivery = openSpoolSender(spool, keeper, settings, destination, readKeyFile)
    try {
      let damaged = 0
      const report = ({ kind }: { readonly kind: string }): void => {
        notices.verbose(`from the spool: ${kind}`)
        if (kind === 'damaged') damaged += 1
      }
      await drain({ ...delivery.tools, report }, signal)
      if (damaged > 0) warnDamaged(notices, spool, damaged)
    } finally {
      delivery.close()
      acquired.lock.release()
    }
  } catch (error) {
    warnUnusable(notices, spool, error)
  }
}
