/** The entry of both threads of the database, a script of its own: started by open-store.ts. */

import { parentPort, workerData } from 'node:worker_threads'
import { openEngine } from '../open-engine.ts'
import { openReadConnection } from '../open-read-connection.ts'
import { answerCalls } from './answer-calls.ts'
import type { Port, Reply, ThreadData } from './channel-message.ts'

async function answerFrom(port: Port, { dataDir, part, maxMonitors }: ThreadData): Promise<void> {
  try {
    switch (part) {
      case 'engine':
        return answerCalls(await openEngine(dataDir, maxMonitors), port)
      case 'reader':
        return answerCalls(await openReadConnection(dataDir), port)
      default:
        part satisfies never
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    port.postMessage({ kind: 'refused', message } satisfies Reply)
  }
}

if (parentPort === null) throw new Error('store-worker is started by cronitor serve, as a thread')
void answerFrom(parentPort, workerData as ThreadData)
