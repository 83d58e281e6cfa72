/** Sends the queued events, several at a time, and waits in between as the pace asks. */

import { setMaxListeners } from 'node:events'
import { attemptFirst } from './attempt.ts'
import { type DrainRun, failRun, isOver } from './drain-run.ts'
import { type NextEvent, pickNext } from './pick-next.ts'
import { queueNewEvents, requeue, type SeriesQueue } from './series-queue.ts'

/** The longest wait before the state is checked again, in milliseconds. */
const MAX_WAIT_MS = 60_000

/**
 * Resolves once every queue is empty, or nothing is being sent, every series has failed, and the shortest wait has passed: the
 * spool may hold new events by then.
 */
export async function sendBatch(run: DrainRun): Promise<void> {
  const { queues, changes, deadline } = run
  const attempts = createAttempts(run)
  let hasNewEvents = false
  const unsubscribe = run.tools.onPut?.(() => {
    hasNewEvents = true
    changes.notify()
  })
  while (!isOver(run) && queues.size > 0) {
    changes.clear()
    if (hasNewEvents) {
      hasNewEvents = false
      await queueNewEvents(run).catch(error => failRun(run, error))
      continue
    }
    const next = await nextEvent(run, attempts.count())
    // If a result or a new event has arrived meanwhile, the decision is made again.
    if (changes.isPending() || isOver(run)) continue
    if (next.kind === 'send') {
      attempts.start(next.queue)
      continue
    }
    const isLastWait = attempts.count() === 0 && [...queues.values()].every(({ failures }) => failures > 0)
    await changes.wait(Math.min(next.ms, deadline.leftMs(), MAX_WAIT_MS))
    if (isLastWait && !hasNewEvents) break
  }
  if (isOver(run)) attempts.abort()
  await attempts.end()
  unsubscribe?.()
}

async function nextEvent({ pace, queues, tools }: DrainRun, count: number): Promise<NextEvent> {
  if (count >= pace.maxConcurrent()) return { kind: 'wait', ms: Number.POSITIVE_INFINITY }
  const addressMs = await pace.addressWaitMs()
  return pickNext(queues, { now: tools.now(), addressMs, monitorMs: pace.monitorWaitMs })
}

interface Attempts {
  readonly count: () => number
  /** Sends the first event of a series. */
  readonly start: (queue: SeriesQueue) => void
  /** Ends the requests that are under way. */
  readonly abort: () => void
  /** Resolves once none is under way any more. To be called once. */
  readonly end: () => Promise<void>
}

function createAttempts(run: DrainRun): Attempts {
  const { queues, idleConnections, changes, signal } = run
  const underWay = new Set<Promise<void>>()
  const stop = new AbortController()
  // Each request listens to it; Node.js prints a warning on stderr if there are more than ten listeners.
  setMaxListeners(0, stop.signal)
  const abort = (): void => {
    stop.abort()
    changes.notify()
  }
  signal.addEventListener('abort', abort)
  if (signal.aborted) stop.abort()
  return {
    count: () => underWay.size,
    start(queue) {
      const connection = idleConnections.pop() ?? 0
      queue.isSending = true
      const attempt = attemptFirst(run, queue, { connection, signal: stop.signal }).then(() => {
        idleConnections.push(connection)
        requeue(queues, queue)
        underWay.delete(attempt)
        changes.notify()
      })
      underWay.add(attempt)
    },
    abort,
    async end() {
      await Promise.all(underWay)
      signal.removeEventListener('abort', abort)
    },
  }
}
