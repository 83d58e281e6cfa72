/** The end of the channel in a thread of the database. */

import { errorCode } from '../../../../system/errors.ts'
import { callByName } from './async-engine.ts'
import type { Call, Port, Reply } from './channel-message.ts'

/** Reports that the database is open, then answers calls in the order of their arrival. `calls` has functions only. */
export function answerCalls<Of extends object>(
  calls: Of & { readonly [Name in keyof Of]: (...args: never[]) => unknown },
  port: Port,
): void {
  port.on('message', message => port.postMessage(answerTo(message as Call)))
  port.postMessage({ kind: 'ready', calls: Object.keys(calls) } satisfies Reply)

  function answerTo({ id, name, args }: Call): Reply {
    try {
      const value = callByName(calls, name, args)
      return typeof value === 'object' && value !== null
        ? { kind: 'done-as-json', id, json: JSON.stringify(value) }
        : { kind: 'done', id, value }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      return { kind: 'failed', id, message, code: errorCode(error) ?? '' }
    }
  }
}
