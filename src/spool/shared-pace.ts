/** What the wrappers of a host tell each other of the API's limits, by way of a file: until when nobody is to send. */

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SharedPace } from '../telemetry/delivery.ts'
import { type Spool, shortHash } from './folders.ts'
import { uniqueWord } from './process-id.ts'

/** Where a 429 does not say how long. */
const DEFAULT_MS = 1000

/** No file holds all wrappers of a host up for longer than this. */
const MOST_MS = 60_000

/**
 * The limits are of an address and so for one API, `origin`, whichever key is used. `now` is a monotonic clock in
 * milliseconds that all processes of the host share, as `monotonicMs` of src/job/clock.ts.
 *
 * Nothing is thrown and nothing synced: this is advice, and what cannot be read is no advice.
 */
export function sharedPace(spool: Spool, origin: string, now: () => number): SharedPace {
  const folder = join(spool.folder, 'locks')
  const path = join(folder, `pace-${shortHash(origin, 12)}`)

  function holdMs(): number {
    try {
      const [boot, until = ''] = readFileSync(path, 'latin1').split(' ')
      const left = Number(until) - now()
      return boot === spool.place.boot && left > 0 && left <= MOST_MS ? left : 0
    } catch {
      return 0
    }
  }

  return {
    holdMs,
    limited(retryAfterMs) {
      const wanted = Math.min(retryAfterMs ?? DEFAULT_MS, MOST_MS)
      if (wanted <= holdMs()) return
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 })
        const temporary = `${path}.${uniqueWord()}`
        writeFileSync(temporary, `${spool.place.boot} ${now() + wanted}`, { mode: 0o600, flag: 'wx' })
        renameSync(temporary, path)
      } catch {
        // A full disk: each wrapper has its own back-off.
      }
    },
  }
}
