/** `cronitor runs --follow`: shows each run when it changes, and retries while the server cannot be reached. */

import { backoffMs } from '../../client/backoff.ts'
import type { RunJson } from '../../server/api/run-json.ts'
import type { Sleep } from '../../system/sleep.ts'
import type { RunsClient } from './runs-client.ts'

export interface FollowOptions {
  readonly client: RunsClient
  /** The cursor to start at. */
  readonly after: number
  /** Resolves with false once nobody reads the output any more. */
  readonly show: (runs: readonly RunJson[]) => Promise<boolean>
  /** Called once for each outage, at its first failed request. */
  readonly onProblem: (problem: string) => void
  readonly stop: AbortSignal
  readonly sleep: Sleep
  readonly random: () => number
  /** The monotonic clock, in milliseconds. */
  readonly now: () => number
}

/** An answer without runs that arrives sooner was not a long poll: the server is stopping. */
const MIN_POLL_MS = 1000

/** Resolves with undefined at the end, or with the reason why it cannot continue. */
export async function follow(options: FollowOptions): Promise<string | undefined> {
  const { client, show, onProblem, stop, sleep, random, now } = options
  let { after } = options
  let failures = 0
  let isReported = false
  while (!stop.aborted) {
    const before = now()
    const changed = await client.changed(after)
    if (stop.aborted) return undefined
    if (changed.kind === 'problem') {
      if (!changed.isTemporary) return changed.problem
      if (!isReported) onProblem(changed.problem)
      isReported = true
      failures += 1
      await sleep(backoffMs(failures, random, changed.retryAfterMs), stop)
      continue
    }
    isReported = false
    const { runs, next = after } = changed.page
    if (runs.length > 0 && !(await show(runs))) return undefined
    const isEarly = runs.length === 0 && next === after && now() - before < MIN_POLL_MS
    failures = isEarly ? failures + 1 : 0
    after = next
    if (isEarly) await sleep(backoffMs(failures, random), stop)
  }
  return undefined
}
