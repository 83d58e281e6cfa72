/** The thread that holds the database: built as dist/store-worker.js, and started by open-store.ts. */

import { parentPort, workerData } from 'node:worker_threads'
import { openEngine } from '../open-engine.ts'
import { answerCalls } from './answer-calls.ts'
import type { Answer } from './engine-message.ts'

const port = parentPort
if (port === null) throw new Error('store-worker.js is started by cronitor serve, as a thread')

const say = (answer: Answer) => port.postMessage(answer)
try {
  answerCalls(await openEngine(String(workerData)), port)
  say({ kind: 'ready' })
} catch (error) {
  say({ kind: 'refused', message: error instanceof Error ? error.message : String(error) })
}
