/** Divides the changes of the store into the messages of one channel. */

import type { Sleep } from '../../system/sleep.ts'
import type { HealthChange } from '../monitors/monitors.ts'
import type { Store } from '../store/store.ts'
import { fittingChanges, MAX_BUNDLE_CHANGES } from './bundle-size.ts'
import { createSendWindow } from './send-window.ts'

export interface MessageQueueContext {
  readonly store: Pick<Store, 'changes' | 'newest'>
  /** Aborted: what waits for the end of a window is sent at once. */
  readonly stop: AbortSignal
  /** The monotonic clock, in milliseconds. */
  readonly clock: () => number
  readonly sleep: Sleep
}

export interface MessageQueue {
  /**
   * Waits for the end of a window if necessary. Resolves with the changes of the next message, and with the same ones
   * until they are removed; empty if no change waits. Rejects with an error of the store.
   */
  readonly read: () => Promise<readonly HealthChange[]>
  /** Removes the changes of the last `read`. */
  readonly settle: () => void
  /** The changes of the last `read` become messages of one change. */
  readonly split: () => void
  /** Removes all changes before this id. */
  readonly skipTo: (id: number) => void
  /** The id of the next change that was not removed, or a smaller one that no change has. */
  readonly position: () => number
}

/** `first` is the id of the first change to deliver. */
export function createMessageQueue(
  first: number,
  { store, stop, clock, sleep }: MessageQueueContext,
): MessageQueue {
  const window = createSendWindow()
  let next = first
  let message: readonly HealthChange[] = []
  /** The last change of the bundle that is being sent, in one message or several. */
  let bundleEnd = 0
  /** Up to this id each change is sent alone. */
  let splitEnd = 0

  /** Moves on to `id`; an end of the bundle is an end of its window. */
  const advance = (id: number) => {
    const isBundle = next <= bundleEnd
    next = id
    if (!isBundle) window.sentSingle()
    else if (next > bundleEnd) window.sentBundle()
  }
  const readUpTo = async (end: number, limit: number) => {
    const changes = await store.changes({ after: next - 1, limit })
    const upToEnd = fittingChanges(changes.filter(({ id }) => id <= end))
    // The others were pruned.
    if (upToEnd.length === 0) advance(end + 1)
    return upToEnd
  }
  const readNext = async (): Promise<readonly HealthChange[]> => {
    const rest =
      next <= splitEnd
        ? await readUpTo(splitEnd, 1)
        : next <= bundleEnd
          ? await readUpTo(bundleEnd, MAX_BUNDLE_CHANGES)
          : []
    if (rest.length > 0) return rest
    const [single] = await store.changes({ after: next - 1, limit: 1 })
    if (single === undefined) {
      window.idle()
      return []
    }
    const step = window.next(clock())
    if (step.kind === 'single') return [single]
    if (step.kind === 'wait') await sleep(step.ms, stop)
    bundleEnd = (await store.newest()).change
    return readUpTo(bundleEnd, MAX_BUNDLE_CHANGES)
  }
  return {
    read: async () => {
      if (message.length === 0) message = await readNext()
      return message
    },
    settle: () => {
      const last = message.at(-1)
      message = []
      if (last !== undefined) advance(last.id + 1)
    },
    split: () => {
      splitEnd = message.at(-1)?.id ?? 0
      message = message.slice(0, 1)
    },
    skipTo: id => {
      if (id <= next) return
      message = message.filter(change => change.id >= id)
      advance(id)
    },
    position: () => next,
  }
}
