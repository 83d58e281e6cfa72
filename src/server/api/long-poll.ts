/** Long polling: a request waits until an event is stored, so that clients need not repeat their requests. */

import type { RouteContext } from '../http/route-context.ts'

export interface LongPoll {
  /**
   * Resolves with `stored` when an event was stored since the poll started or since the last call. Resolves with `over`
   * when the time is up, the poll is cancelled or the server stops. Must not be called again before it has resolved.
   */
  readonly next: () => Promise<'stored' | 'over'>
  readonly cancel: () => void
}

export interface LongPolls {
  /**
   * Call it before reading the store, so that no event in between is missed. With a monitor's key, events of other
   * monitors are ignored. `ms` limits the whole poll. Undefined if too many polls are open.
   */
  readonly start: (ms: number, monitorKey?: string) => LongPoll | undefined
  /** How many polls are open. */
  readonly size: () => number
}

export interface LongPollLimits {
  /** Each poll uses a connection. */
  readonly maxPolls: number
  /** Milliseconds from the first event to the answer, so that a burst of events needs one answer. */
  readonly gatherMs: number
}

interface OpenPoll {
  readonly monitorKey: string | undefined
  hasNewEvent: boolean
  isOver: boolean
  /** Call it after a change of the two fields above. */
  wake: () => void
}

export function createLongPolls(
  { store, closing }: Pick<RouteContext, 'store' | 'closing'>,
  { maxPolls, gatherMs }: LongPollLimits,
): LongPolls {
  const open = new Set<OpenPoll>()

  store.onStored(({ events, fromOthers = [] }) => {
    if (open.size === 0) return
    const monitors = new Set([...events, ...fromOthers].map(({ monitorKey }) => monitorKey))
    for (const poll of open) {
      if (poll.monitorKey !== undefined && !monitors.has(poll.monitorKey)) continue
      poll.hasNewEvent = true
      poll.wake()
    }
  })
  const end = (poll: OpenPoll) => {
    open.delete(poll)
    poll.isOver = true
    poll.wake()
  }
  closing.addEventListener('abort', () => {
    for (const poll of open) end(poll)
  })

  async function next(poll: OpenPoll): Promise<'stored' | 'over'> {
    await until(poll, () => poll.hasNewEvent || poll.isOver)
    if (poll.isOver) return 'over'
    await gather(poll)
    const hadNewEvent = poll.hasNewEvent
    poll.hasNewEvent = false
    return hadNewEvent ? 'stored' : 'over'
  }

  async function gather(poll: OpenPoll): Promise<void> {
    let isGathered = false
    const timer = setTimeout(() => {
      isGathered = true
      poll.wake()
    }, gatherMs)
    await until(poll, () => isGathered || poll.isOver)
    clearTimeout(timer)
  }

  return {
    start: (ms, monitorKey) => {
      if (open.size >= maxPolls) return undefined
      const poll: OpenPoll = { monitorKey, hasNewEvent: false, isOver: closing.aborted, wake: () => {} }
      if (!poll.isOver) open.add(poll)
      const timer = setTimeout(() => end(poll), ms)
      return {
        next: () => next(poll),
        cancel: () => {
          clearTimeout(timer)
          end(poll)
        },
      }
    },
    size: () => open.size,
  }
}

/** Resolves as soon as the condition holds. */
function until(poll: OpenPoll, holds: () => boolean): Promise<void> {
  return new Promise(resolve => {
    poll.wake = () => {
      if (holds()) resolve()
    }
    poll.wake()
  })
}
