/** Prints a line about refused requests, without letting strangers fill the log. */

import { type Bucket, type Rate, takeToken, waitForToken } from '../../telemetry/token-bucket.ts'
import type { Refusal, RefusalDetails } from './refusal-counter.ts'
import type { RefusalReason } from './refusal-reason.ts'

/** The same is said again after an hour. */
const AGAIN_MS = 60 * 60_000

/** For all lines together. A stranger can name a new monitor with each request. */
const RATE: Rate = { perSecond: 1 / 30, burst: 20 }

/** How many lines are remembered. */
const MAX_SAID = 1000

/** A valid monitor key has at most 128 characters. */
const MAX_KEY_LENGTH = 128

const HAS_OWN_WARNING: readonly RefusalReason[] = ['internal_error', 'not_read', 'not_stored', 'too_busy']

export interface RefusalLogOptions {
  /** Makes the text printable. */
  readonly warn: (text: string) => void
  /** The monotonic clock, in milliseconds. */
  readonly clock: () => number
  /** Removes API keys: people mix up the two parts of the path. */
  readonly redact: (text: string) => string
}

/** One line for each monitor, client and reason. */
export function createRefusalLog({ warn, clock, redact }: RefusalLogOptions) {
  /** When each line was printed, the oldest first. */
  const said = new Map<string, number>()
  let bucket: Bucket | undefined
  let unsaid = 0

  return ({ status, reason }: Refusal, { error, client, monitorKey }: RefusalDetails): void => {
    // Browsers, and people with curl, ask before they have a key.
    const isQuestion = status === 401 && reason === 'no_key'
    if (isQuestion || HAS_OWN_WARNING.includes(reason)) return
    const now = clock()
    const key = monitorKey?.slice(0, MAX_KEY_LENGTH)
    // Each of its requests names another monitor.
    const name = reason === 'too_many_monitors' ? reason : JSON.stringify([reason, key, client.address])
    const before = said.get(name)
    if (before !== undefined && now - before < AGAIN_MS) return
    if (waitForToken(bucket, RATE, now) > 0) {
      unsaid += 1
      return
    }
    bucket = takeToken(bucket, RATE, now)
    said.delete(name)
    said.set(name, now)
    for (const oldest of said.keys()) {
      if (said.size <= MAX_SAID) break
      said.delete(oldest)
    }
    const what = key === undefined ? 'a request' : `an event of the monitor ${redact(key)}`
    const others = unsaid === 0 ? '' : `; ${unsaid} other refusals were not shown`
    unsaid = 0
    warn(`refused ${what} from ${client.ip}: ${error} (${status} ${reason})${others}`)
  }
}
