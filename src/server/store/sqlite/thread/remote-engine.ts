/** The end of the channel in the main thread. */

import { StoreError } from '../store-error.ts'
import { type AsyncEngine, createAsyncEngine } from './async-engine.ts'
import type { EngineCall, EngineReply, Port } from './engine-message.ts'

export interface RemoteEngine {
  /** Resolves when the database is open; rejects with a StoreError if it cannot be opened. */
  readonly engine: Promise<AsyncEngine>
  /** Rejects all unanswered calls and all later ones. */
  readonly fail: (error: Error) => void
}

interface PendingCall {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

export function connectEngine(port: Port): RemoteEngine {
  const pending = new Map<number, PendingCall>()
  let lastId = 0
  let failure: Error | undefined
  let open = (_: AsyncEngine): void => {}
  let refuse = (_: Error): void => {}
  const engine = new Promise<AsyncEngine>((resolve, reject) => {
    open = resolve
    refuse = reject
  })

  const call = (name: EngineCall['name'], args: EngineCall['args']) =>
    new Promise<unknown>((resolve, reject) => {
      if (failure !== undefined) return reject(failure)
      lastId += 1
      pending.set(lastId, { resolve, reject })
      port.postMessage({ id: lastId, name, args } satisfies EngineCall)
    })
  const takePending = (id: number): PendingCall | undefined => {
    const found = pending.get(id)
    pending.delete(id)
    return found
  }
  port.on('message', message => {
    const reply = message as EngineReply
    switch (reply.kind) {
      case 'ready':
        return open(createAsyncEngine(reply.calls, call))
      case 'refused':
        return refuse(new StoreError(reply.message))
      case 'done':
        return takePending(reply.id)?.resolve(reply.value)
      case 'failed':
        return takePending(reply.id)?.reject(Object.assign(new Error(reply.message), { code: reply.code }))
      default:
        reply satisfies never
    }
  })

  return {
    engine,
    fail: error => {
      failure ??= error
      refuse(error)
      for (const { reject } of pending.values()) reject(error)
      pending.clear()
    },
  }
}
