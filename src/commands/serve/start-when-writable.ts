/** Starts the services of the server once the store can be written: at once, or when a full disk has room again. */

import type { Store } from '../../server/store/store.ts'
import { errorMessage } from '../../system/error-message.ts'

export interface WritableContext {
  readonly store: Pick<Store, 'check' | 'onWriteProblem'>
  /** Resolves with a problem if they cannot start. Called once. */
  readonly start: () => Promise<string | undefined>
  readonly warn: (message: string) => void
  /** Called if the services start later, with the outcome of `start`. */
  readonly onLateStart: (problem: string | undefined) => void
}

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
  onLateStart,
}: WritableContext): Promise<StartedOrWaiting> {
  let starting: Promise<void> | undefined
  let isWaiting = false
  const unsubscribe = store.onWriteProblem(problem => {
    if (problem !== undefined) return
    warn('events can be stored again')
    if (!isWaiting) return
    isWaiting = false
    starting = start().then(onLateStart)
  })
  const cancel = async () => {
    unsubscribe()
    await starting
  }
  try {
    await store.check()
  } catch (error) {
    isWaiting = true
    warn(
      `events cannot be stored, and are refused: ${errorMessage(error)}; until they can, runs and monitors are only shown`,
    )
    return { problem: undefined, cancel }
  }
  return { problem: await start(), cancel }
}
