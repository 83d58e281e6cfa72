/** The end of the channel in the database's thread. */

import { errorCode } from '../../../../system/errors.ts'
import type { Engine } from '../engine.ts'
import { callEngine, engineCalls } from './async-engine.ts'
import type { EngineCall, EngineReply, Port } from './engine-message.ts'

/** Reports that the engine is ready, then answers calls in the order of their arrival. */
export function answerCalls(engine: Engine, port: Port): void {
  port.on('message', message => port.postMessage(answerTo(engine, message as EngineCall)))
  port.postMessage({ kind: 'ready', calls: engineCalls(engine) } satisfies EngineReply)
}

function answerTo(engine: Engine, { id, name, args }: EngineCall): EngineReply {
  try {
    return { kind: 'done', id, value: callEngine(engine, name, args) }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { kind: 'failed', id, message, code: errorCode(error) ?? '' }
  }
}
