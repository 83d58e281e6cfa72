/** Lets requests wait for what is stored next, so that nobody has to ask again and again. */

import type { RouteContext } from '../http/route-context.ts'

export interface LongPoll {
  /**
   * Resolves with `news` when something was stored since the visit began or since the last call, and with `over` once
   * the time is up, the client has gone or the server is to end. Not to be called again before it has resolved.
   */
  readonly next: () => Promise<'news' | 'over'>
  /** The client has gone. */
  readonly leave: () => void
}

export interface LongPolls {
  /**
   * To be called before the store is asked, so that nothing is stored unseen in between. With a monitor's key, what is
   * stored of others is no news. `ms` is how long it may take in all. Undefined where too many wait already.
   */
  readonly begin: (ms: number, monitorKey?: string) => LongPoll | undefined
  readonly size: () => number
}

export interface LongPollLimits {
  /** Each holds a connection. */
  readonly maxVisits: number
  /** Milliseconds between the first news and the answer, so that a burst of events is one answer and not hundreds. */
  readonly gatherMs: number
}

interface Waiter {
  readonly monitorKey: string | undefined
  hasNews: boolean
  isOver: boolean
  wake: () => void
}

export function createLongPolls(
  { store, closing }: Pick<RouteContext, 'store' | 'closing'>,
  { maxVisits, gatherMs }: LongPollLimits,
): LongPolls {
  const waiters = new Set<Waiter>()

  store.onStored(({ events }) => {
    if (waiters.size === 0) return
    const monitors = new Set(events.map(({ monitorKey }) => monitorKey))
    for (const waiter of waiters) {
      if (waiter.monitorKey !== undefined && !monitors.has(waiter.monitorKey)) continue
      waiter.hasNews = true
      waiter.wake()
    }
  })
  closing.addEventListener('abort', () => {
    for (const waiter of waiters) end(waiter)
  })

  function end(waiter: Waiter): void {
    waiters.delete(waiter)
    waiter.isOver = true
    waiter.wake()
  }

  /** Resolves as soon as it holds. */
  const once = (waiter: Waiter, holds: () => boolean): Promise<void> =>
    new Promise(resolve => {
      waiter.wake = () => {
        if (holds()) resolve()
      }
      waiter.wake()
    })

  async function next(waiter: Waiter): Promise<'news' | 'over'> {
    await once(waiter, () => waiter.hasNews || waiter.isOver)
    if (waiter.isOver) return 'over'
    let isGathered = false
    const timer = setTimeout(() => {
      isGathered = true
      waiter.wake()
    }, gatherMs)
    await once(waiter, () => isGathered || waiter.isOver)
    clearTimeout(timer)
    const hadNews = waiter.hasNews
    waiter.hasNews = false
    return hadNews ? 'news' : 'over'
  }

  return {
    begin: (ms, monitorKey) => {
      if (waiters.size >= maxVisits) return undefined
      const waiter: Waiter = { monitorKey, hasNews: false, isOver: closing.aborted, wake: () => {} }
      if (!waiter.isOver) waiters.add(waiter)
      const timer = setTimeout(() => end(waiter), ms)
      return {
        next: () => next(waiter),
        leave: () => {
          clearTimeout(timer)
          end(waiter)
        },
      }
    },
    size: () => waiters.size,
  }
}
