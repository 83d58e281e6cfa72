/** The end of the channel in the main thread. */

import { StoreError } from '../../store-error.ts'
import { type AsyncCalls, createAsyncCalls } from './async-engine.ts'
import type { Call, Port, Reply } from './channel-message.ts'

export interface RemoteCalls<Of> {
  /** Resolves when the database is open; rejects with a StoreError if it cannot be opened. */
  readonly calls: Promise<Of>
  /** Rejects all unanswered calls and all later ones. */
  readonly fail: (error: Error) => void
}

interface PendingCall {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** `Of`: the functions at the other end. */
export function connectCalls<Of extends { readonly [Name in keyof Of]: (...args: never[]) => unknown }>(
  port: Port,
): RemoteCalls<AsyncCalls<Of>> {
  const pending = new Map<number, PendingCall>()
  let lastId = 0
  let failure: Error | undefined
  let open = (_: AsyncCalls<Of>): void => {}
  let refuse = (_: Error): void => {}
  const calls = new Promise<AsyncCalls<Of>>((resolve, reject) => {
    open = resolve
    refuse = reject
  })

  const call = (name: string, args: readonly unknown[]) =>
    new Promise<unknown>((resolve, reject) => {
      if (failure !== undefined) return reject(failure)
      lastId += 1
      pending.set(lastId, { resolve, reject })
      port.postMessage({ id: lastId, name, args } satisfies Call)
    })
  const takePending = (id: number): PendingCall | undefined => {
    const found = pending.get(id)
    pending.delete(id)
    return found
  }
  port.on('message', message => {
    const reply = message as Reply
    switch (reply.kind) {
      case 'ready':
        return open(createAsyncCalls<Of>(reply.calls, call))
      case 'refused':
        return refuse(new StoreError(reply.message))
      case 'done':
        return takePending(reply.id)?.resolve(reply.value)
      case 'done-as-json':
        return takePending(reply.id)?.resolve(JSON.parse(reply.json))
      case 'failed':
        return takePending(reply.id)?.reject(Object.assign(new Error(reply.message), { code: reply.code }))
      default:
        reply satisfies never
    }
  })

  return {
    calls,
    fail: error => {
      failure ??= error
      refuse(error)
      for (const { reject } of pending.values()) reject(error)
      pending.clear()
    },
  }
}
