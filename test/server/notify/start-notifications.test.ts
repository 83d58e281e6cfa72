import { expect, test } from 'vitest'
import { MAX_NOTIFICATION_AGE_MS, MIN_RETRY_MS } from '../../../src/server/notify/drop-old-changes.ts'
import { change, fakeChannel, fakeStore, NOW, notifying, settled } from './support.ts'

const failed = (retryAfterMs?: number) =>
  ({ kind: 'failed', problem: 'it is down', ...(retryAfterMs !== undefined && { retryAfterMs }) }) as const

test('each change is delivered once, in order', async () => {
  const store = fakeStore()
  const channel = fakeChannel()
  const session = await notifying(store, channel)
  store.add(change(1), change(2))
  store.add(change(5))
  await settled()
  expect(channel.tried).toEqual([[1], [2], [5]])
  await session.close()
  expect(session.warnings).toEqual([])
})

test('a new channel starts with the next change', async () => {
  const store = fakeStore()
  store.add(change(1), change(2))
  const channel = fakeChannel()
  const session = await notifying(store, channel)
  store.add(change(3))
  await settled()
  expect(channel.delivered()).toEqual([3])
  await session.close()
})

test('a restart neither loses nor repeats a change', async () => {
  const store = fakeStore()
  const before = fakeChannel()
  const first = await notifying(store, before)
  store.add(change(1))
  await settled()
  before.answer = () => failed()
  store.add(change(2), change(3))
  await settled()
  await first.close()
  store.add(change(4))

  const after = fakeChannel()
  const second = await notifying(store, after)
  await settled()
  expect(before.delivered()).toEqual([1])
  expect(after.delivered()).toEqual([2, 3, 4])
  await second.close()
})

test('the first change of an empty store is not lost if its channel is down until a restart', async () => {
  const store = fakeStore()
  const down = fakeChannel()
  down.answer = () => failed()
  const first = await notifying(store, down)
  store.add(change(1))
  await settled()
  await first.close()

  const up = fakeChannel()
  const second = await notifying(store, up)
  expect(up.delivered()).toEqual([1])
  await second.close()
})

test('a failed delivery is retried with back-off and one warning, before the next change', async () => {
  const store = fakeStore()
  const channel = fakeChannel()
  channel.answer = () => failed()
  const session = await notifying(store, channel)
  store.add(change(1), change(2))
  await settled()
  const waits: number[][] = []
  for (let tries = 1; tries < 10; tries += 1) {
    waits.push(session.naps.lengths())
    await session.naps.wake()
  }
  // Half of the ceiling, which doubles and ends at a minute.
  expect(waits.flat()).toEqual([250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
  expect(channel.tried).toEqual(Array.from({ length: 10 }, () => [1]))
  expect(session.warnings).toEqual(['channel: it is down; it will be retried for 24 hours'])

  channel.answer = () => ({ kind: 'delivered' })
  await session.naps.wake()
  expect(channel.delivered()).toEqual([1, 2])
  // The next outage begins anew.
  channel.answer = () => failed()
  store.add(change(3))
  await settled()
  expect(session.naps.lengths()).toEqual([250])
  expect(session.warnings).toHaveLength(2)
  await session.close()
})

test('a retry never comes before Retry-After', async () => {
  const store = fakeStore()
  const channel = fakeChannel()
  channel.answer = () => failed(30_000)
  const session = await notifying(store, channel)
  store.add(change(1))
  await settled()
  expect(session.naps.lengths()).toEqual([30_000 + 7500])
  await session.close()
})

test('a refused notification is dropped with a warning, and the next one is delivered', async () => {
  const store = fakeStore()
  const channel = fakeChannel()
  channel.answer = ([id]) =>
    id === 1 ? { kind: 'refused', problem: 'HTTP status 404' } : { kind: 'delivered' }
  const session = await notifying(store, channel)
  store.add(change(1), change(2))
  await settled()
  expect(channel.tried).toEqual([[1], [2]])
  expect(session.warnings).toEqual(['channel: HTTP status 404; 1 notification was dropped'])
  await session.close()
})

test('notifications older than a day are dropped together, younger ones are not', async () => {
  const store = fakeStore()
  const channel = fakeChannel()
  channel.answer = () => failed()
  const session = await notifying(store, channel)
  store.add(...Array.from({ length: 1500 }, (_, index) => change(index + 1)), change(1501))
  await settled()
  session.now = NOW + MAX_NOTIFICATION_AGE_MS
  store.oldUpTo = 1500
  await session.naps.wake()
  expect(session.warnings.slice(1)).toEqual([
    'channel: 1500 notifications were dropped after 24 hours: it is down',
  ])
  channel.answer = () => ({ kind: 'delivered' })
  await session.naps.wake()
  expect(channel.delivered()).toEqual([1501])
  await session.close()
})

test('a notification that is old when it is new to the server is retried for an hour', async () => {
  const store = fakeStore()
  const channel = fakeChannel()
  channel.answer = () => failed()
  const session = await notifying(store, channel)
  store.add(change(1))
  store.oldUpTo = 1
  await settled()
  session.now += MIN_RETRY_MS - 1
  await session.naps.wake()
  expect(session.warnings).toHaveLength(1)
  session.now += 1
  await session.naps.wake()
  expect(session.warnings.slice(1)).toEqual([
    'channel: 1 notification was dropped after 24 hours: it is down',
  ])
  await session.close()
})

test.each([100, -100])('a clock that jumps by %d days drops no notification', async days => {
  const store = fakeStore()
  const channel = fakeChannel()
  channel.answer = () => failed()
  const session = await notifying(store, channel)
  store.add(change(1, { at: NOW - days * MAX_NOTIFICATION_AGE_MS }))
  await settled()
  session.now += 2 * MIN_RETRY_MS
  await session.naps.wake()
  expect(session.warnings).toHaveLength(1)
  channel.answer = () => ({ kind: 'delivered' })
  await session.naps.wake()
  expect(channel.delivered()).toEqual([1])
  await session.close()
})

test('a notification older than a day is tried once', async () => {
  const store = fakeStore()
  const channel = fakeChannel()
  const session = await notifying(store, channel)
  store.oldUpTo = 1
  store.add(change(1))
  await settled()
  expect(channel.delivered()).toEqual([1])
  await session.close()
})

test('a channel that hangs or fails does not delay another', async () => {
  const store = fakeStore()
  const hanging = fakeChannel('hanging')
  hanging.answer = (_, signal) =>
    new Promise(resolve => signal.addEventListener('abort', () => resolve(failed())))
  const failing = fakeChannel('failing')
  failing.answer = () => failed()
  const working = fakeChannel('working')
  const session = await notifying(store, hanging, failing, working)
  store.add(change(1), change(2))
  await settled()
  expect(working.delivered()).toEqual([1, 2])
  const closed = session.close()
  await session.naps.wake()
  await closed
  expect(store.cursors.get('hanging')).toBe(store.cursors.get('failing'))
})

test('the same target twice is one channel', async () => {
  const store = fakeStore()
  const [one, other] = [fakeChannel('same'), fakeChannel('same')]
  const session = await notifying(store, one, other)
  store.add(change(1))
  await settled()
  expect([...one.delivered(), ...other.delivered()]).toEqual([1])
  await session.close()
})

test('a store that fails is one warning, and is read again', async () => {
  const store = fakeStore()
  const channel = fakeChannel()
  const session = await notifying(store, channel)
  store.problem = new Error('disk I/O error')
  store.add(change(1))
  await settled()
  await session.naps.wake()
  expect(session.warnings).toEqual(['channel: the store failed: disk I/O error'])
  store.problem = undefined
  await session.naps.wake()
  expect(channel.delivered()).toEqual([1])
  await session.close()
})

test('a delivery has time to end when the server stops; otherwise it is repeated after the next start', async () => {
  const store = fakeStore()
  const channel = fakeChannel()
  let finish = () => {}
  channel.answer = ([id], signal) =>
    new Promise(resolve => {
      if (id === 1) finish = () => resolve({ kind: 'delivered' })
      else signal.addEventListener('abort', () => resolve(failed()))
    })
  const first = await notifying(store, channel)
  store.add(change(1))
  await settled()
  const closed = first.close()
  await settled()
  expect(first.naps.lengths()).toEqual([3000])
  finish()
  await closed
  expect(channel.delivered()).toEqual([1])

  const second = await notifying(store, channel)
  store.add(change(2), change(3))
  await settled()
  const cut = second.close()
  await settled()
  await second.naps.wake()
  await cut
  expect(channel.tried).toEqual([[1], [2]])
  expect(second.warnings).toEqual([])

  channel.answer = () => ({ kind: 'delivered' })
  const third = await notifying(store, channel)
  expect(channel.delivered()).toEqual([1, 2, 3])
  await third.close()
})
