/** Starts a thread of the database, and connects to it. */

import { Worker } from 'node:worker_threads'
import type { AsyncCalls } from './async-engine.ts'
import type { ThreadData } from './channel-message.ts'
import { connectCalls } from './remote-calls.ts'

export interface DatabaseThread<Calls> {
  readonly calls: Calls
  readonly terminate: () => Promise<unknown>
}

/**
 * `file` is the script of the thread (store-worker.ts). `onBroken` is called if the thread ends unexpectedly: all later
 * calls are rejected. Rejects with a StoreError if the database cannot be opened.
 */
export async function startThread<Of extends { readonly [Name in keyof Of]: (...args: never[]) => unknown }>(
  file: string,
  workerData: ThreadData,
  onBroken: (error: Error) => void,
): Promise<DatabaseThread<AsyncCalls<Of>>> {
  const worker = new Worker(file, { workerData })
  const remote = connectCalls<Of>(worker)
  let isOpen = false
  const fail = (error: Error) => {
    remote.fail(error)
    if (isOpen) onBroken(error)
  }
  worker.on('error', fail)
  worker.on('exit', status => fail(new Error(`the thread of the database has ended (${status})`)))
  try {
    const calls = await remote.calls
    isOpen = true
    return { calls, terminate: () => worker.terminate() }
  } catch (error) {
    await worker.terminate()
    throw error
  }
}
