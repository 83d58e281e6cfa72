/** Keeps the spool within its limits of age and size. */

import { enforceLimits } from '../spool/enforce-limits.ts'
import { monotonicMs } from '../system/clock.ts'
import { warnDropped } from './notices/spool-warnings.ts'
import type { SpoolKeeper } from './spool-keeper.ts'

/** How long a run or a ping may take for this, in milliseconds. */
export const DROP_MS = 300

/** The same once the command's time is over. A courier drops the rest. */
export const LEAST_DROP_MS = 100

export interface DropTime {
  readonly withinMs?: number
  /** Once it aborts, nobody waits for the end: the warning tells what was dropped until then. */
  readonly signal?: AbortSignal
}

/** Drops events that are too old or too many, and warns of it. @throws the system's error */
export async function dropExcess(
  { spool, notices, settings }: SpoolKeeper,
  { withinMs = Infinity, signal }: DropTime = {},
): Promise<void> {
  const end = monotonicMs() + withinMs
  const dropped = { tooOld: 0, tooMany: 0 }
  const warn = (): void => {
    if (dropped.tooOld + dropped.tooMany > 0) warnDropped(notices, dropped, settings.spoolMaxAgeMs)
  }
  signal?.addEventListener('abort', warn)
  try {
    await enforceLimits(spool, { isOver: () => monotonicMs() > end, dropped, ...(signal && { signal }) })
  } finally {
    if (!signal?.aborted) warn()
    signal?.removeEventListener('abort', warn)
  }
}
