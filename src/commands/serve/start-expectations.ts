/** `--expect` and `--expect-file`: stores the expectations, and marks monitors late that miss theirs. */

import { watchOverdue } from '../../server/monitors/overdue.ts'
import { errorMessage } from '../../system/error-message.ts'
import { sleep } from '../../system/sleep.ts'
import { loadExpectations } from './expect-file.ts'
import type { ServiceContext, StartedService } from './service.ts'

export async function startExpectService({ options, store, warn }: ServiceContext): Promise<StartedService> {
  const load = () => loadExpectations(options.expect ?? [], options.expectFile)
  const loaded = load()
  if (!loaded.ok) return loaded
  try {
    await store.expect(loaded.expectations)
  } catch (error) {
    return { ok: false, problem: cannotStore(error) }
  }
  const lateness = watchOverdue({ store, wallClock: Date.now, sleep, warn })

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
