/** An engine in the calling thread, with the calls of one in another thread. */

import type { Engine } from '../engine.ts'
import { type AsyncEngine, callByName, createAsyncCalls } from './async-engine.ts'

export function createSameThreadEngine(engine: Engine): AsyncEngine {
  return createAsyncCalls<Engine>(Object.keys(engine), async (name, args) => {
    // As with another thread, no call has an effect before the caller continues.
    await new Promise(resolve => setImmediate(resolve))
    return callByName(engine, name, args)
  })
}
