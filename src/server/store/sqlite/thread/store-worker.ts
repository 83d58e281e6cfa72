/** The entry of both threads of the database: built as dist/store-worker.js, started by open-store.ts. */

import { parentPort, workerData } from 'node:worker_threads'
import { openEngine } from '../open-engine.ts'
import { openReadConnection } from '../open-read-connection.ts'
import { answerCalls } from './answer-calls.ts'
import type { Reply, ThreadData } from './channel-message.ts'

const port = parentPort
if (port === null) throw new Error('store-worker.js is started by cronitor serve, as a thread')

try {
  const { dataDir, part, maxMonitors } = workerData as ThreadData
  switch (part) {
    case 'engine':
      answerCalls(await openEngine(dataDir, maxMonitors), port)
      break
    case 'reader':
      answerCalls(await openReadConnection(dataDir), port)
      break
    default:
      part satisfies never
  }
} catch (error) {
  const message = error instanceof Error ? error.message : String(error)
  port.postMessage({ kind: 'refused', message } satisfies Reply)
}
