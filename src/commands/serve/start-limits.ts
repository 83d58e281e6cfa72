/** The rate limits of `cronitor serve`, for HTTP and mail. */

import { createRateLimits, noRateLimits, type RateLimits } from '../../server/ingest/rate-limits.ts'
import { createSharedLimits } from '../../server/ingest/shared-limits.ts'
import type { Store } from '../../server/store/store.ts'
import { sleep } from '../../system/sleep.ts'
import type { ServeOptions } from './serve-options.ts'
import type { Service } from './service.ts'

export type StartedLimits =
  | { readonly ok: true; readonly limits: RateLimits; readonly service?: Service }
  /** One line. */
  | { readonly ok: false; readonly problem: string }

/** `clock` is monotonic, in milliseconds: the one that the limits are asked with. */
export function startLimits(
  { limits, sharedLimits }: Pick<ServeOptions, 'limits' | 'sharedLimits'>,
  { peers }: Pick<Store, 'peers'>,
  clock: () => number,
): StartedLimits {
  if (limits === false) return { ok: true, limits: noRateLimits }
  if (sharedLimits !== true) return { ok: true, limits: createRateLimits() }
  if (peers === undefined) return { ok: false, problem: '--shared-limits needs --database' }
  const shared = createSharedLimits({ table: peers.uses, clock, sleep })
  return { ok: true, limits: shared, service: { close: shared.close } }
}
