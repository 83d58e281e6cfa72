/** The entry of the database's thread: built as dist/store-worker.js, started by open-store.ts. */

import { parentPort, workerData } from 'node:worker_threads'
import { openEngine } from '../open-engine.ts'
import { answerCalls } from './answer-calls.ts'
import type { EngineReply } from './engine-message.ts'

const port = parentPort
if (port === null) throw new Error('store-worker.js is started by cronitor serve, as a thread')

try {
  answerCalls(await openEngine(String(workerData)), port)
} catch (error) {
  const message = error instanceof Error ? error.message : String(error)
  port.postMessage({ kind: 'refused', message } satisfies EngineReply)
}
