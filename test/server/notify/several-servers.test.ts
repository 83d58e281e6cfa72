/** Two servers with one store: each change is told once, and the other one goes on where the first one has stopped. */

import { expect, test } from 'vitest'
import { startNotifications } from '../../../src/server/notify/start-notifications.ts'
import { createDuties, RENEW_MS } from '../../../src/server/store/duties.ts'
import { DUTY_LEASE_MS } from '../../../src/server/store/peers.ts'
import { type FakeClock, fakeClock } from '../../support/fake-clock.ts'
import { fakeDatabase } from '../store/fake-peers.ts'
import { change, fakeChannel, fakeStore, settled } from './support.ts'

const TAKE_OVER_MS = DUTY_LEASE_MS + RENEW_MS

function stage() {
  const time = fakeClock()
  const database = fakeDatabase(time.now)
  const store = fakeStore()
  const start = async (id: string, clock: FakeClock = time) => {
    const channel = fakeChannel('webhook')
    const peer = database.peer(id)
    const warnings: string[] = []
    const { close } = await startNotifications({
      store,
      channels: [channel],
      duties: createDuties(peer, { clock: clock.now, sleep: clock.sleep }),
      clock: clock.now,
      sleep: clock.sleep,
      random: () => 0.5,
      warn: text => warnings.push(text),
    })
    await settled()
    return { channel, peer, warnings, close }
  }
  return { time, store, start }
}

test('each change is told by one of them', async () => {
  const { time, store, start } = stage()
  const [a, b] = [await start('a'), await start('b')]
  for (let id = 1; id <= 50; id += 1) {
    store.add(change(id))
    await settled()
    await time.advance(1000)
  }
  await time.advance(60_000)
  expect(a.channel.delivered()).toEqual(Array.from({ length: 50 }, (_, index) => index + 1))
  expect(b.channel.tried).toEqual([])
})

test('a new channel starts with the next change on both', async () => {
  const { time, store, start } = stage()
  store.add(change(1), change(2))
  const [a, b] = [await start('a'), await start('b')]
  await a.close()
  store.add(change(3))
  await time.advance(RENEW_MS)
  await settled()
  expect(b.channel.delivered()).toEqual([3])
})

test('when the one that tells has died, the other one goes on within seconds', async () => {
  const { time, store, start } = stage()
  const dying = fakeClock()
  const a = await start('a', dying)
  const b = await start('b')
  store.add(change(1))
  await settled()
  a.peer.problem = new Error('dead')
  store.add(change(2))
  await time.advance(TAKE_OVER_MS)
  await settled()
  expect([a.channel.delivered(), b.channel.delivered()]).toEqual([[1], [2]])
})

test('what was being told when the server died is told again', async () => {
  const { time, store, start } = stage()
  const dying = fakeClock()
  const a = await start('a', dying)
  const b = await start('b')
  a.channel.answer = () => new Promise(() => {})
  store.add(change(1))
  await settled()
  await time.advance(TAKE_OVER_MS)
  await settled()
  expect([a.channel.tried, b.channel.tried]).toEqual([[[1]], [[1]]])
})

test('a server that was stopped for a minute tells nothing that the other one has told', async () => {
  const { time, store, start } = stage()
  const stopped = fakeClock()
  const a = await start('a', stopped)
  const b = await start('b')
  await time.advance(60_000)
  stopped.skip(60_000)
  // Both are told of it, the one that was stopped before its timers have passed.
  store.add(change(1))
  await settled()
  await stopped.advance(60_000)
  await settled()
  expect([a.channel.tried, b.channel.tried]).toEqual([[], [[1]]])
})

test('a message that was on its way while the server was stopped moves no position of the other one', async () => {
  const { time, store, start } = stage()
  const stopped = fakeClock()
  const a = await start('a', stopped)
  const b = await start('b')
  let arrive = () => {}
  a.channel.answer = () =>
    new Promise(resolve => {
      arrive = () => resolve({ kind: 'delivered' })
    })
  store.add(change(1))
  await settled()
  await time.advance(TAKE_OVER_MS)
  await settled()
  store.add(change(2))
  await settled()
  stopped.skip(60_000)
  arrive()
  await settled()
  await stopped.advance(60_000)
  store.add(change(3))
  await settled()
  expect(b.channel.delivered()).toEqual([1, 2, 3])
  expect(a.channel.delivered()).toEqual([1])
  expect(store.cursors.get('webhook')).toBe(4)
  expect(a.warnings).toEqual([])
})

test('a clean end tells what waits, and hands over at once', async () => {
  const { time, store, start } = stage()
  const [a, b] = [await start('a'), await start('b')]
  store.add(...[1, 2, 3, 4, 5, 6].map(id => change(id)))
  await settled()
  await a.close()
  expect(a.channel.delivered()).toEqual([1, 2, 3, 4, 5, 6])
  store.add(change(7))
  await settled()
  expect(b.channel.delivered()).toEqual([7])
  await time.advance(60_000)
  expect(a.channel.delivered()).toHaveLength(6)
})

test('a channel that only one server has is told by that one', async () => {
  const { time, store, start } = stage()
  const a = await start('a')
  store.add(change(1))
  await settled()
  await a.close()
  const b = await start('b')
  store.add(change(2))
  await time.advance(RENEW_MS)
  await settled()
  expect(b.channel.delivered()).toEqual([2])
})
