/** The database's end of the channel. */

import { errorCode } from '../../../../system/errors.ts'
import type { Engine } from '../engine.ts'
import type { Answer, Call, Port } from './engine-message.ts'

/** Answers calls in the order in which they come. */
export function answerCalls(engine: Engine, port: Port): void {
  port.on('message', message => port.postMessage(answerTo(engine, message as Call)))
}

function answerTo(engine: Engine, { id, name, args }: Call): Answer {
  // A call's arguments are of the method that it names; TypeScript does not see that through a union.
  const method = engine[name] as (...args: readonly unknown[]) => unknown
  try {
    return { kind: 'done', id, value: method(...args) }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { kind: 'failed', id, message, code: errorCode(error) ?? '' }
  }
}
