import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createLongPolls } from '../../../src/server/api/long-poll.ts'
import type { StoredEvent } from '../../../src/server/store/event.ts'
import type { News } from '../../../src/server/store/store.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const event = (monitorKey: string): StoredEvent => ({
  id: 1,
  receivedAt: 0,
  monitorKey,
  state: 'run',
  metrics: [],
})

function waitingRoom(limits = { maxVisits: 2, gatherMs: 50 }) {
  let listener = (_news: News) => {}
  const closing = new AbortController()
  const store = {
    onStored: (given: typeof listener) => {
      listener = given
      return () => {}
    },
  }
  // The other calls of a store are none of its business.
  const waiting = createLongPolls({ store: store as never, closing: closing.signal }, limits)
  return {
    waiting,
    closing,
    stored: (...monitors: string[]) => listener({ events: monitors.map(event), healthChanged: false }),
  }
}

/** What `next` resolved with so far. */
function watched(next: Promise<'news' | 'over'>): () => string {
  let outcome = 'waits'
  void next.then(result => {
    outcome = result
  })
  return () => outcome
}

test('what is stored while one waits is news, a little later, once', async () => {
  const { waiting, stored } = waitingRoom()
  const visit = waiting.begin(1000)
  const outcome = watched(visit?.next() ?? Promise.reject())
  stored('a')
  stored('b')
  await vi.advanceTimersByTimeAsync(49)
  expect(outcome()).toBe('waits')
  await vi.advanceTimersByTimeAsync(1)
  expect(outcome()).toBe('news')
  const again = watched(visit?.next() ?? Promise.reject())
  await vi.advanceTimersByTimeAsync(500)
  expect(again()).toBe('waits')
})

test('what was stored between begin and next is not missed', async () => {
  const { waiting, stored } = waitingRoom()
  const visit = waiting.begin(1000)
  stored('a')
  const outcome = watched(visit?.next() ?? Promise.reject())
  await vi.advanceTimersByTimeAsync(50)
  expect(outcome()).toBe('news')
})

test('what is stored of another monitor is no news', async () => {
  const { waiting, stored } = waitingRoom()
  const outcome = watched(waiting.begin(1000, 'a')?.next() ?? Promise.reject())
  stored('b')
  await vi.advanceTimersByTimeAsync(900)
  expect(outcome()).toBe('waits')
  stored('b', 'a')
  await vi.advanceTimersByTimeAsync(50)
  expect(outcome()).toBe('news')
})

test('it is over when the time is up, when the client leaves, and when the server ends', async () => {
  const { waiting, closing } = waitingRoom({ maxVisits: 3, gatherMs: 50 })
  const [first, second, third] = [waiting.begin(100), waiting.begin(1000), waiting.begin(1000)]
  const outcomes = [first, second, third].map(visit => watched(visit?.next() ?? Promise.reject()))
  await vi.advanceTimersByTimeAsync(100)
  expect(outcomes.map(outcome => outcome())).toEqual(['over', 'waits', 'waits'])
  second?.leave()
  await vi.advanceTimersByTimeAsync(0)
  expect(outcomes.map(outcome => outcome())).toEqual(['over', 'over', 'waits'])
  closing.abort()
  await vi.advanceTimersByTimeAsync(0)
  expect(outcomes.map(outcome => outcome())).toEqual(['over', 'over', 'over'])
  expect(waiting.size()).toBe(0)
  expect(await waiting.begin(1000)?.next()).toBe('over')
  expect(waiting.size()).toBe(0)
})

test('the end of the time does not cut short what has come already', async () => {
  const { waiting, stored } = waitingRoom()
  const outcome = watched(waiting.begin(100)?.next() ?? Promise.reject())
  await vi.advanceTimersByTimeAsync(80)
  stored('a')
  await vi.advanceTimersByTimeAsync(20)
  expect(outcome()).toBe('news')
})

test('more than the limit do not wait, until one has gone', () => {
  const { waiting } = waitingRoom()
  const first = waiting.begin(1000)
  expect(waiting.begin(1000)).toBeDefined()
  expect(waiting.begin(1000)).toBeUndefined()
  first?.leave()
  expect(waiting.begin(1000)).toBeDefined()
  expect(waiting.size()).toBe(2)
})
