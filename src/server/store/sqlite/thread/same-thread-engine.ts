/** An engine in the calling thread, with the calls of one in another thread. */

import type { Engine } from '../engine.ts'
import { type AsyncEngine, callEngine, createAsyncEngine, engineCalls } from './async-engine.ts'

export function createSameThreadEngine(engine: Engine): AsyncEngine {
  return createAsyncEngine(engineCalls(engine), async (name, args) => {
    // As with another thread, no call has an effect before the caller continues.
    await new Promise(resolve => setImmediate(resolve))
    return callEngine(engine, name, args)
  })
}
