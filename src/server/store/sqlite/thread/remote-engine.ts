/** The main thread's end of the channel. */

import type { AsyncEngine, Engine } from '../engine.ts'
import { StoreError } from '../store-error.ts'
import type { Answer, Port } from './engine-message.ts'

export interface RemoteEngine {
  readonly engine: AsyncEngine
  /** Resolves when the database is open; rejects with a StoreError where it cannot be. */
  readonly ready: Promise<void>
  /** Rejects all that is not answered, and all calls to come. */
  readonly fail: (error: Error) => void
}

interface Pending {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

export function remoteEngine(port: Port): RemoteEngine {
  const pending = new Map<number, Pending>()
  let lastId = 0
  let failure: Error | undefined
  let opened = (): void => {}
  let refused = (_: Error): void => {}
  const ready = new Promise<void>((resolve, reject) => {
    opened = resolve
    refused = reject
  })

  const settle = (id: number): Pending | undefined => {
    const own = pending.get(id)
    pending.delete(id)
    return own
  }
  port.on('message', message => {
    const answer = message as Answer
    switch (answer.kind) {
      case 'ready':
        return opened()
      case 'refused':
        return refused(new StoreError(answer.message))
      case 'done':
        return settle(answer.id)?.resolve(answer.value)
      case 'failed':
        return settle(answer.id)?.reject(Object.assign(new Error(answer.message), { code: answer.code }))
    }
  })

  const caller =
    <Name extends keyof Engine>(name: Name) =>
    (...args: Parameters<Engine[Name]>): Promise<ReturnType<Engine[Name]>> =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) return reject(failure)
        lastId += 1
        // What comes back under this id is what the method of this name returned.
        pending.set(lastId, { resolve: value => resolve(value as ReturnType<Engine[Name]>), reject })
        port.postMessage({ id: lastId, name, args })
      })

  return {
    engine: {
      record: caller('record'),
      writeOld: caller('writeOld'),
      events: caller('events'),
      monitors: caller('monitors'),
      runs: caller('runs'),
      changedRuns: caller('changedRuns'),
      totals: caller('totals'),
      runsUpTo: caller('runsUpTo'),
      changes: caller('changes'),
      cursor: caller('cursor'),
      setCursor: caller('setCursor'),
      size: caller('size'),
      newest: caller('newest'),
      expect: caller('expect'),
      markLate: caller('markLate'),
      pruneStep: caller('pruneStep'),
      close: caller('close'),
    },
    ready,
    fail: error => {
      failure ??= error
      refused(error)
      for (const { reject } of pending.values()) reject(error)
      pending.clear()
    },
  }
}
