/** A rate limit that the processes of a host share by a file: after a 429 for one of them, all of them wait. */

import { join } from 'node:path'
import type { SharedRateLimit } from '../client/delivery-tools.ts'
import { whileAnswering } from '../system/hung-file-system.ts'
import { readText } from '../system/read-file.ts'
import { shortHash } from '../system/short-hash.ts'
import { writeWhole } from '../system/write-file.ts'
import { folderOf, makeFolder, type Spool } from './spool.ts'

/** The wait after a 429 without `Retry-After`. */
const DEFAULT_WAIT_MS = 1000

/** The longest wait that the file can cause. */
const MAX_WAIT_MS = 60_000

/** How long reading the file may take, as `whileAnswering` counts it. After that, there is no limit. */
const READ_MS = 200

/**
 * The limit of the host's address, for all keys. It is advisory: a file that cannot be read or written means that there
 * is no limit, and nothing is synced. Never rejects.
 *
 * @param origin of the API, as URL.origin
 * @param now a monotonic clock in milliseconds that all processes of the host share: `monotonicMs` of
 *   src/system/clock.ts
 */
export function openSharedRateLimit(spool: Spool, origin: string, now: () => number): SharedRateLimit {
  const path = join(folderOf(spool, 'locks'), `pace-${shortHash(origin, 12)}`)
  let reading: Promise<number> | undefined

  function leftMs(until: number): number {
    const left = until - now()
    return left > 0 && left <= MAX_WAIT_MS ? left : 0
  }

  async function read(): Promise<number> {
    try {
      const [boot, until = ''] = (await readText(path)).split(' ')
      return boot === spool.place.boot ? Number(until) : 0
    } catch {
      return 0
    }
  }

  async function waitMs(): Promise<number> {
    // While a read hangs, no second one is started.
    reading ??= read().finally(() => {
      reading = undefined
    })
    return leftMs((await whileAnswering(reading, READ_MS)) ?? 0)
  }

  return {
    waitMs,
    async noteLimit(retryAfterMs) {
      const wanted = Math.min(retryAfterMs ?? DEFAULT_WAIT_MS, MAX_WAIT_MS)
      if (wanted <= (await waitMs())) return
      try {
        await makeFolder(spool, 'locks')
        await writeWhole(path, `${spool.place.boot} ${now() + wanted}`, { isDurable: false })
      } catch {
        // For example a full disk: each process has a back-off of its own.
      }
    },
  }
}
