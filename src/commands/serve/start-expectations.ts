/** `--expect`, `--expect-file` and `--notify-again`: judges monitors by their rules, and repeats what stays bad. */

import { createLastAlive } from '../../server/monitors/last-alive.ts'
import type { Expectation } from '../../server/monitors/monitors.ts'
import { type OverdueWatch, watchOverdue } from '../../server/monitors/overdue.ts'
import { isStoreProblem } from '../../server/store/store-problem.ts'
import { monotonicMs } from '../../system/clock.ts'
import { errorMessage } from '../../system/error-message.ts'
import { sleep } from '../../system/sleep.ts'
import { loadExpectations } from './expect-file.ts'
import { misreadRules } from './misread-rules.ts'
import type { ServiceContext, StartedService } from './service.ts'

export async function startExpectService({
  options,
  store,
  duties,
  showLatenessPause,
  warn,
}: ServiceContext): Promise<StartedService> {
  const load = () => loadExpectations(options.expect ?? [], options.expectFile)
  const loaded = load()
  if (!loaded.ok) return loaded
  const warned = new Set<string>()
  const apply = async (expectations: readonly Expectation[]) => {
    await store.expect(expectations)
    for (const problem of await misreadRules(expectations, store)) {
      if (!warned.has(problem)) warn(problem)
      warned.add(problem)
    }
  }
  try {
    await apply(loaded.expectations)
  } catch (error) {
    return { ok: false, problem: cannotStore(error), mayPass: isStoreProblem(error) }
  }
  const clocks = { clock: monotonicMs, wallClock: store.now }
  const { expect, expectFile, notifyAgain } = options
  if (expect === undefined && expectFile === undefined && notifyAgain === undefined) {
    // Nothing can become late, so that the time is not needed more often. A later start may have expectations.
    const { writeNow } = createLastAlive(store, clocks)
    await writeNow()
    return { ok: true, service: { close: writeNow } }
  }
  let lateness: OverdueWatch | undefined
  const duty = duties.run('lateness', async term => {
    const hasPeers = store.peers !== undefined
    lateness = watchOverdue({ store, ...clocks, sleep, warn, repeatMs: notifyAgain, hasPeers })
    await term.over
    await lateness.close(term.lost.aborted)
    lateness = undefined
  })
  showLatenessPause(() => lateness?.isPaused() === true)

  const reload = async () => {
    const next = load()
    if (!next.ok) return warn(`${next.problem}; the previous expectations stay in force`)
    try {
      await apply(next.expectations)
    } catch (error) {
      warn(cannotStore(error))
    }
    lateness?.checkNow()
  }
  return {
    ok: true,
    service: { ...(options.expectFile !== undefined && { reload }), close: duty.close },
  }
}

function cannotStore(error: unknown): string {
  return `cannot store the expectations: ${errorMessage(error)}`
}
