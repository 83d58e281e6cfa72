/** `--expect` and `--expect-file`: stores the expectations, and marks monitors late that miss theirs. */

import { createLastAlive } from '../../server/monitors/last-alive.ts'
import { watchOverdue } from '../../server/monitors/overdue.ts'
import { monotonicMs } from '../../system/clock.ts'
import { errorMessage } from '../../system/error-message.ts'
import { sleep } from '../../system/sleep.ts'
import { loadExpectations } from './expect-file.ts'
import type { ServiceContext, StartedService } from './service.ts'

export async function startExpectService({
  options,
  store,
  showLatenessPause,
  warn,
}: ServiceContext): Promise<StartedService> {
  const load = () => loadExpectations(options.expect ?? [], options.expectFile)
  const loaded = load()
  if (!loaded.ok) return loaded
  try {
    await store.expect(loaded.expectations)
  } catch (error) {
    return { ok: false, problem: cannotStore(error) }
  }
  const clocks = { clock: monotonicMs, wallClock: Date.now }
  if (options.expect === undefined && options.expectFile === undefined) {
    // Nothing can become late, so that the time is not needed more often. A later start may have expectations.
    const { writeNow } = createLastAlive(store, clocks)
    await writeNow()
    return { ok: true, service: { close: writeNow } }
  }
  const lateness = watchOverdue({ store, ...clocks, sleep, warn })
  showLatenessPause(lateness.isPaused)

  const reload = async () => {
    const next = load()
    if (!next.ok) return warn(`${next.problem}; the previous expectations stay in force`)
    try {
      await store.expect(next.expectations)
    } catch (error) {
      warn(cannotStore(error))
    }
    lateness.checkNow()
  }
  return {
    ok: true,
    service: { ...(options.expectFile !== undefined && { reload }), close: lateness.close },
  }
}

function cannotStore(error: unknown): string {
  return `cannot store the expectations: ${errorMessage(error)}`
}
