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

function testPolls(limits = { maxPolls: 2, gatherMs: 50 }) {
  let listener = (_news: News) => {}
  const closing = new AbortController()
  const store = {
    onStored: (given: typeof listener) => {
      listener = given
      return () => {}
    },
  }
  // Only onStored is used.
  const polls = createLongPolls({ store: store as never, closing: closing.signal }, limits)
  return {
    polls,
    closing,
    stored: (...monitors: string[]) => listener({ events: monitors.map(event), healthChanged: false }),
    storedElsewhere: (...monitors: string[]) =>
      listener({ events: [], fromOthers: monitors.map(event), healthChanged: false }),
  }
}

/** What `next` has resolved with, if it has. */
function outcomeOf(next: Promise<'stored' | 'over'> | undefined): () => string {
  let outcome = 'waits'
  void next?.then(result => {
    outcome = result
  })
  return () => outcome
}

test('an event that is stored during a poll ends the wait once, after the gathering time', async () => {
  const { polls, stored } = testPolls()
  const poll = polls.start(1000)
  const outcome = outcomeOf(poll?.next())
  stored('a')
  stored('b')
  await vi.advanceTimersByTimeAsync(49)
  expect(outcome()).toBe('waits')
  await vi.advanceTimersByTimeAsync(1)
  expect(outcome()).toBe('stored')
  const again = outcomeOf(poll?.next())
  await vi.advanceTimersByTimeAsync(500)
  expect(again()).toBe('waits')
})

test('an event between start() and next() is not missed', async () => {
  const { polls, stored } = testPolls()
  const poll = polls.start(1000)
  stored('a')
  const outcome = outcomeOf(poll?.next())
  await vi.advanceTimersByTimeAsync(50)
  expect(outcome()).toBe('stored')
})

test('an event of another monitor does not end the wait', async () => {
  const { polls, stored } = testPolls()
  const outcome = outcomeOf(polls.start(1000, 'a')?.next())
  stored('b')
  await vi.advanceTimersByTimeAsync(900)
  expect(outcome()).toBe('waits')
  stored('b', 'a')
  await vi.advanceTimersByTimeAsync(50)
  expect(outcome()).toBe('stored')
})

test('a poll is over when the time is up, when it is cancelled, and when the server stops', async () => {
  const { polls, closing } = testPolls({ maxPolls: 3, gatherMs: 50 })
  const [first, second, third] = [polls.start(100), polls.start(1000), polls.start(1000)]
  const outcomes = [first, second, third].map(poll => outcomeOf(poll?.next()))
  await vi.advanceTimersByTimeAsync(100)
  expect(outcomes.map(outcome => outcome())).toEqual(['over', 'waits', 'waits'])
  second?.cancel()
  await vi.advanceTimersByTimeAsync(0)
  expect(outcomes.map(outcome => outcome())).toEqual(['over', 'over', 'waits'])
  closing.abort()
  await vi.advanceTimersByTimeAsync(0)
  expect(outcomes.map(outcome => outcome())).toEqual(['over', 'over', 'over'])
  expect(polls.size()).toBe(0)
  expect(await polls.start(1000)?.next()).toBe('over')
  expect(polls.size()).toBe(0)
})

test('a stored event is reported although the time is up while others are gathered', async () => {
  const { polls, stored } = testPolls()
  const outcome = outcomeOf(polls.start(100)?.next())
  await vi.advanceTimersByTimeAsync(80)
  stored('a')
  await vi.advanceTimersByTimeAsync(20)
  expect(outcome()).toBe('stored')
})

test('polls above the limit are refused until another one has ended', () => {
  const { polls } = testPolls()
  const first = polls.start(1000)
  expect(polls.start(1000)).toBeDefined()
  expect(polls.start(1000)).toBeUndefined()
  first?.cancel()
  expect(polls.start(1000)).toBeDefined()
  expect(polls.size()).toBe(2)
})

test('an event that another server has stored ends the wait as well', async () => {
  const { polls, storedElsewhere } = testPolls()
  const outcome = outcomeOf(polls.start(1000, 'a')?.next())
  storedElsewhere('b')
  await vi.advanceTimersByTimeAsync(100)
  expect(outcome()).toBe('waits')
  storedElsewhere('a')
  await vi.advanceTimersByTimeAsync(50)
  expect(outcome()).toBe('stored')
})
