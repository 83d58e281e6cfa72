/** Keeps the spool within its limits of age and size. */

import { enforceLimits } from '../spool/enforce-limits.ts'
import { monotonicMs } from '../system/clock.ts'
import { warnDropped } from './notices/spool-warnings.ts'
import type { SpoolKeeper } from './spool-keeper.ts'

/** How long a run or a ping may take for this, in milliseconds. */
export const DROP_MS = 300

/** The same once the command's time is over. A courier drops the rest. */
export const LEAST_DROP_MS = 100

/** Drops events that are too old or too many, and warns of it. @throws the system's error */
export async function dropExcess(
  { spool, notices, settings }: SpoolKeeper,
  withinMs = Infinity,
): Promise<void> {
  const end = monotonicMs() + withinMs
  const dropped = await enforceLimits(spool, () => monotonicMs() > end)
  if (dropped.tooOld + dropped.tooMany > 0) warnDropped(notices, dropped, settings.spoolMaxAgeMs)
}
