/** Of the changes within ten seconds, four are sent singly, and the others as one message. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { startNotifications } from '../../../src/server/notify/start-notifications.ts'
import { fakeClock } from '../../support/fake-clock.ts'
import { change, type FakeChannel, type FakeStore, fakeChannel, fakeStore } from './support.ts'

const failed = { kind: 'failed', problem: 'it is down' } as const
const delivered = { kind: 'delivered' } as const

async function notifyingOverTime(store: FakeStore, channel: FakeChannel, time = fakeClock()) {
  const warnings: string[] = []
  const { close } = await startNotifications({
    store,
    channels: [channel],
    clock: time.now,
    sleep: time.sleep,
    random: () => 0.5,
    warn: problem => warnings.push(problem),
  })
  await time.advance(0)
  return { ...time, close, warnings }
}

/** Changes with these ids. */
const ids = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)
const changes = (from: number, to: number) => ids(from, to).map(id => change(id))

test('12 changes at once are four messages at once, and one at the end of the ten seconds', async () => {
  const [store, channel] = [fakeStore(), fakeChannel()]
  const session = await notifyingOverTime(store, channel)
  store.add(...changes(1, 8))
  await session.advance(5000)
  store.add(...changes(9, 12))
  await session.advance(4999)
  expect(channel.tried).toEqual([[1], [2], [3], [4]])
  await session.advance(1)
  expect(channel.tried.slice(4)).toEqual([ids(5, 12)])
  await session.close()
})

test('after the message with several changes the next four are single again', async () => {
  const [store, channel] = [fakeStore(), fakeChannel()]
  const session = await notifyingOverTime(store, channel)
  store.add(...changes(1, 6))
  await session.advance(10_000)
  store.add(...changes(7, 13))
  await session.advance(9999)
  expect(channel.tried.slice(4)).toEqual([[5, 6], [7], [8], [9], [10]])
  await session.advance(1)
  expect(channel.tried.slice(9)).toEqual([[11, 12, 13]])
  await session.close()
})

test('changes that come seldom are sent singly and at once', async () => {
  const [store, channel] = [fakeStore(), fakeChannel()]
  const session = await notifyingOverTime(store, channel)
  for (const id of ids(1, 20)) {
    store.add(change(id))
    await session.advance(0)
    expect(channel.delivered()).toHaveLength(id)
    await session.advance(2500)
  }
  expect(channel.tried).toEqual(ids(1, 20).map(id => [id]))
  await session.close()
})

test('each channel has ten seconds of its own', async () => {
  const store = fakeStore()
  const [slow, quick] = [fakeChannel('slow'), fakeChannel('quick')]
  const time = fakeClock()
  slow.answer = () => time.sleep(3000, new AbortController().signal).then(() => delivered)
  const session = await startNotifications({
    store,
    channels: [slow, quick],
    clock: time.now,
    sleep: time.sleep,
    random: () => 0,
    warn: () => {},
  })
  store.add(...changes(1, 9))
  await time.advance(10_000)
  expect(quick.tried).toEqual([[1], [2], [3], [4], ids(5, 9)])
  // The ten seconds are over before the fourth has been accepted: nothing more is waited for.
  await time.advance(2000)
  expect(slow.tried).toEqual([[1], [2], [3], [4], ids(5, 9)])
  const closed = session.close()
  await time.advance(3000)
  await closed
})

test('what waited for a receiver that was down is four messages, and one with the others', async () => {
  const [store, channel] = [fakeStore(), fakeChannel()]
  const session = await notifyingOverTime(store, channel)
  channel.answer = () => failed
  store.add(...changes(1, 100))
  await session.advance(600_000)
  expect(new Set(channel.tried.flat())).toEqual(new Set([1]))
  channel.answer = () => delivered
  channel.tried.length = 0
  await session.advance(60_000)
  expect(channel.tried).toEqual([[1], [2], [3], [4], ids(5, 100)])
  await session.close()
})

test('a message with several changes is retried as it is', async () => {
  const [store, channel] = [fakeStore(), fakeChannel()]
  const session = await notifyingOverTime(store, channel)
  channel.answer = message => (message.length > 1 ? failed : delivered)
  store.add(...changes(1, 9))
  await session.advance(10_000)
  store.add(...changes(10, 12))
  await session.advance(60_000)
  expect(channel.tried.length).toBeGreaterThan(6)
  expect(channel.tried.slice(4)).toEqual(channel.tried.slice(4).map(() => ids(5, 9)))
  channel.answer = () => delivered
  await session.advance(60_000)
  expect(channel.delivered()).toEqual(ids(1, 12))
  expect(session.warnings).toEqual(['channel: it is down; it will be retried for 24 hours'])
  await session.close()
})

test('more than 1,000 changes are several messages, one after the other', async () => {
  const [store, channel] = [fakeStore(), fakeChannel()]
  const session = await notifyingOverTime(store, channel)
  store.add(...changes(1, 2500))
  await session.advance(10_000)
  expect(channel.tried.map(({ length }) => length)).toEqual([1, 1, 1, 1, 1000, 1000, 496])
  expect(channel.delivered()).toEqual(ids(1, 2500))
  await session.close()
})

test('if a receiver refuses several changes together, they are sent one by one', async () => {
  const [store, channel] = [fakeStore(), fakeChannel()]
  channel.answer = message =>
    message.length > 1 ? { kind: 'refused-together', problem: 'HTTP status 400' } : delivered
  const session = await notifyingOverTime(store, channel)
  store.add(...changes(1, 8))
  await session.advance(10_000)
  expect(channel.tried).toEqual([[1], [2], [3], [4], ids(5, 8), [5], [6], [7], [8]])
  expect(session.warnings).toEqual(['channel: HTTP status 400; 4 notifications are sent one by one'])
  await session.close()
})

test('a message that is refused is dropped with all its changes, and the next ones are sent', async () => {
  const [store, channel] = [fakeStore(), fakeChannel()]
  channel.answer = message =>
    message.length > 1 ? { kind: 'refused', problem: 'HTTP status 404' } : delivered
  const session = await notifyingOverTime(store, channel)
  store.add(...changes(1, 8))
  await session.advance(10_000)
  store.add(change(9))
  await session.advance(0)
  expect(channel.tried).toEqual([[1], [2], [3], [4], ids(5, 8), [9]])
  expect(session.warnings).toEqual(['channel: HTTP status 404; 4 notifications were dropped'])
  await session.close()
})

test('a server that is stopped within the ten seconds delivers what waits', async () => {
  const [store, channel] = [fakeStore(), fakeChannel()]
  const session = await notifyingOverTime(store, channel)
  store.add(...changes(1, 9))
  await session.advance(1000)
  expect(channel.delivered()).toEqual(ids(1, 4))
  await session.close()
  expect(channel.tried.slice(4)).toEqual([ids(5, 9)])
})

test('what a stopped server could not deliver is delivered after the next start', async () => {
  const [store, down] = [fakeStore(), fakeChannel()]
  const first = await notifyingOverTime(store, down)
  store.add(...changes(1, 9))
  await first.advance(1000)
  down.answer = () => failed
  await first.close()
  expect(down.tried.slice(4)).toEqual([ids(5, 9)])
  const up = fakeChannel()
  const second = await notifyingOverTime(store, up)
  await second.advance(10_000)
  expect(up.tried).toEqual([[5], [6], [7], [8], [9]])
  await second.close()
})

test('changes that are pruned while they wait do not stop the later ones', async () => {
  const [store, channel] = [fakeStore(), fakeChannel()]
  const session = await notifyingOverTime(store, channel)
  store.add(...changes(1, 9))
  await session.advance(0)
  store.remove(id => id <= 9)
  await session.advance(10_000)
  store.add(change(10))
  await session.advance(10_000)
  expect(channel.tried).toEqual([[1], [2], [3], [4], [10]])
  await session.close()
})

type Step =
  | { readonly do: 'add'; readonly count: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'answer'; readonly works: boolean }
  | { readonly do: 'restart' }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('add' as const), count: fc.integer({ min: 1, max: 30 }) }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 30_000 }) }),
  fc.record({ do: fc.constant('answer' as const), works: fc.boolean() }),
  fc.constant({ do: 'restart' as const }),
)

test('whatever happens, each change arrives in order and at least once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async steps => {
      const [store, channel, time] = [fakeStore(), fakeChannel(), fakeClock()]
      let session = await notifyingOverTime(store, channel, time)
      let added = 0
      for (const each of steps) {
        if (each.do === 'add') {
          store.add(...changes(added + 1, added + each.count))
          added += each.count
        } else if (each.do === 'wait') await time.advance(each.ms)
        else if (each.do === 'answer') channel.answer = () => (each.works ? delivered : failed)
        else {
          await session.close()
          session = await notifyingOverTime(store, channel, time)
        }
      }
      channel.answer = () => delivered
      await time.advance(120_000)
      await session.close()
      expect(channel.delivered()).toEqual(ids(1, added))
    }),
    { numRuns: 200 },
  )
})

test('a receiver that works gets no more than five messages in ten seconds', async () => {
  const pauses = fc.array(fc.integer({ min: 0, max: 4000 }), { maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(pauses, async waits => {
      const [store, channel, time] = [fakeStore(), fakeChannel(), fakeClock()]
      const sentAt: number[] = []
      channel.answer = () => {
        sentAt.push(time.now())
        return delivered
      }
      const session = await notifyingOverTime(store, channel, time)
      for (const [index, ms] of waits.entries()) {
        store.add(change(index + 1))
        await time.advance(ms)
      }
      await time.advance(10_000)
      await session.close()
      // A window and the next one: nine messages in a row take more than ten seconds.
      for (const [index, at] of sentAt.entries()) {
        const tenth = sentAt[index + 9]
        if (tenth !== undefined) expect(tenth - at).toBeGreaterThanOrEqual(10_000)
      }
      expect(channel.delivered()).toEqual(ids(1, waits.length))
    }),
    { numRuns: 100 },
  )
})
