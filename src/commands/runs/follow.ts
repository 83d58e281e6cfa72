/** `cronitor runs --follow`: each run when it changes, whatever becomes of the server meanwhile. */

import { backoffMs } from '../../client/backoff.ts'
import type { RunJson } from '../../server/api/run-json.ts'
import type { Sleep } from '../../system/sleep.ts'
import type { RunsClient } from './runs-client.ts'

export interface Follow {
  readonly source: RunsClient
  /** The cursor to begin at. */
  readonly after: number
  /** False: there is nobody to show any more to. */
  readonly show: (runs: readonly RunJson[]) => Promise<boolean>
  /** Called once for each time that the server cannot be asked, however often it is tried. */
  readonly onTrouble: (problem: string) => void
  readonly stop: AbortSignal
  readonly sleep: Sleep
  readonly random: () => number
  /** The monotonic clock, in milliseconds. */
  readonly now: () => number
}

/** An answer without runs that came sooner than this was not waited for: the server is ending. */
const SOON_MS = 1000

/** Resolves with undefined once there is nothing more to do, or with the reason for which it cannot go on. */
export async function follow(options: Follow): Promise<string | undefined> {
  const { source, show, onTrouble, stop, sleep, random, now } = options
  let { after } = options
  let failures = 0
  let isTold = false
  while (!stop.aborted) {
    const before = now()
    const reading = await source.changed(after)
    if (stop.aborted) return undefined
    if (reading.kind === 'problem') {
      if (!reading.isPassing) return reading.problem
      if (!isTold) onTrouble(reading.problem)
      isTold = true
      failures += 1
      await sleep(backoffMs(failures, random, reading.retryAfterMs), stop)
      continue
    }
    isTold = false
    const { runs, next = after } = reading.page
    if (runs.length > 0 && !(await show(runs))) return undefined
    const isSoon = runs.length === 0 && next === after && now() - before < SOON_MS
    failures = isSoon ? failures + 1 : 0
    after = next
    if (isSoon) await sleep(backoffMs(failures, random), stop)
  }
  return undefined
}
