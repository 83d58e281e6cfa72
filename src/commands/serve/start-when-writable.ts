/** Starts the services of the server once the store can be written: at once, or when a full disk has room again. */

import type { Store } from '../../server/store/store.ts'
import { errorMessage } from '../../system/error-message.ts'
import type { Sleep } from '../../system/sleep.ts'
import type { NotStarted } from './service.ts'

export interface WritableContext {
  readonly store: Pick<Store, 'check' | 'onWriteProblem'>
  /** Resolves with a problem if they cannot start. */
  readonly start: () => Promise<NotStarted | undefined>
  readonly warn: (message: string) => void
  /** Called if the services cannot start later, for a reason that does not pass. */
  readonly onLateProblem: (problem: string) => void
  readonly sleep: Sleep
}

/** After a start that failed because of the store, the next one begins so much later. */
const RETRY_MS = 1000

export interface StartedOrWaiting {
  /** Why the services could not start; undefined if they have started, or wait until the store can be written. */
  readonly problem: string | undefined
  /** From now on the services do not start. Resolves when a start that is under way has ended. */
  readonly cancel: () => Promise<void>
}

/**
 * All services write: expectations, what was notified, what was forwarded. Without them the server shows what is stored, and
 * refuses events so that their senders keep them.
 */
export async function startWhenWritable({
  store,
  start,
  warn,
  onLateProblem,
  sleep,
}: WritableContext): Promise<StartedOrWaiting> {
  const canceled = new AbortController()
  let starting: Promise<void> | undefined
  /** The store may be lost again at any moment of a start: that must not end a server that answers requests. */
  const startLater = async () => {
    let hasWarned = false
    while (!canceled.signal.aborted) {
      const failure = await start()
      if (failure === undefined) return
      if (failure.mayPass !== true) return onLateProblem(failure.problem)
      if (!hasWarned) warn(`${failure.problem}; it is tried again until it succeeds`)
      hasWarned = true
      await sleep(RETRY_MS, canceled.signal)
    }
  }
  let isWaiting = false
  const unsubscribe = store.onWriteProblem(problem => {
    if (problem !== undefined) return
    warn('events can be stored again')
    if (!isWaiting) return
    isWaiting = false
    starting = startLater()
  })
  const cancel = async () => {
    unsubscribe()
    canceled.abort()
    await starting
  }
  const problem = await problemOf(store)
  if (problem !== undefined) {
    isWaiting = true
    warn(
      `events cannot be stored, and are refused: ${problem}; until they can, runs and monitors are only shown`,
    )
    return { problem: undefined, cancel }
  }
  const failure = await start()
  if (failure?.mayPass === true && (await problemOf(store)) !== undefined) {
    // It was lost just now.
    starting = startLater()
    return { problem: undefined, cancel }
  }
  return { problem: failure?.problem, cancel }
}

/** Undefined if the store can be used. */
async function problemOf(store: Pick<Store, 'check'>): Promise<string | undefined> {
  return store.check().then(() => undefined, errorMessage)
}
