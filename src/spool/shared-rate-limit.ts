/** What the wrappers of a host tell each other of the API's limits, by way of a file: until when nobody is to send. */

import { join } from 'node:path'
import type { SharedRateLimit } from '../client/delivery-tools.ts'
import { readText } from '../system/read-file.ts'
import { writeWhole } from '../system/write-file.ts'
import { shortHash } from './short-hash.ts'
import { folderOf, makeFolder, type Spool } from './spool.ts'

/** Where a 429 does not say how long. */
const DEFAULT_MS = 1000

/** No file holds all wrappers of a host up for longer than this. */
const MOST_MS = 60_000

/** Advice that takes longer to read than this is not waited for, in milliseconds. */
const READ_MS = 200

/**
 * The limits are of an address and so for one API, `origin`, whichever key is used. `now` is a monotonic clock in
 * milliseconds that all processes of the host share, as `monotonicMs` of src/system/clock.ts.
 *
 * Nothing is thrown and nothing synced: this is advice, and what cannot be read is no advice.
 */
export function openSharedRateLimit(spool: Spool, origin: string, now: () => number): SharedRateLimit {
  const path = join(folderOf(spool, 'locks'), `pace-${shortHash(origin, 12)}`)
  let reading: Promise<number> | undefined

  function leftMs(until: number): number {
    const left = until - now()
    return left > 0 && left <= MOST_MS ? left : 0
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
    // One that hangs is not asked twice.
    reading ??= read().finally(() => {
      reading = undefined
    })
    const others = await soon(reading)
    return leftMs(others)
  }

  return {
    waitMs,
    async noteLimit(retryAfterMs) {
      const wanted = Math.min(retryAfterMs ?? DEFAULT_MS, MOST_MS)
      if (wanted <= (await waitMs())) return
      try {
        await makeFolder(spool, 'locks')
        await writeWhole(path, `${spool.place.boot} ${now() + wanted}`, { isDurable: false })
      } catch {
        // A full disk: each wrapper has its own back-off.
      }
    },
  }
}

async function soon(reading: Promise<number>): Promise<number> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<number>(resolve => {
    timer = setTimeout(resolve, READ_MS, 0)
  })
  const until = await Promise.race([reading, late])
  clearTimeout(timer)
  return until
}
