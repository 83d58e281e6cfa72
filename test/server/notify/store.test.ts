/** The real store's changes, to a channel that records them. */

import { expect, onTestFinished, test } from 'vitest'
import type { HealthChange } from '../../../src/server/monitors/monitors.ts'
import { watchOverdue } from '../../../src/server/monitors/overdue.ts'
import type { Channel } from '../../../src/server/notify/channel.ts'
import { startNotifications } from '../../../src/server/notify/start-notifications.ts'
import { openStoreInThread } from '../../../src/server/store/open-store.ts'
import type { State } from '../../../src/telemetry/event.ts'
import { every } from '../store/support.ts'
import { NOW, naps, settled } from './support.ts'

async function watched() {
  const clock = { now: NOW }
  const store = await openStoreInThread(':memory:', () => clock.now)
  const resting = naps()
  const told: HealthChange[] = []
  let looks = () => {}
  const channel: Channel = {
    name: 'recorder',
    cursor: 'recorder',
    deliver: async changes => {
      told.push(...changes)
      looks()
      return { kind: 'delivered' }
    },
    close: () => {},
  }
  const fail = (problem: string) => {
    throw new Error(problem)
  }
  const outside = {
    store,
    clock: () => clock.now,
    wallClock: () => clock.now,
    sleep: resting.sleep,
    warn: fail,
  }
  const notifications = await startNotifications({
    ...outside,
    channels: [channel],
    random: () => 0,
  })
  const lateness = watchOverdue(outside)
  onTestFinished(async () => {
    await lateness.close()
    await notifications.close()
    await store.close()
  })
  return {
    clock,
    store,
    lateness,
    /** Once it sleeps. */
    wake: async () => {
      while (resting.lengths().length === 0) await settled()
      await resting.wake()
    },
    send: (monitorKey: string, state: State, message?: string) =>
      store.record({ receivedAt: clock.now, monitorKey, state, metrics: [], ...(message && { message }) }),
    /** What was told, once there are so many. */
    told: (count: number) =>
      new Promise<string[]>(resolve => {
        looks = () => {
          if (told.length >= count) resolve(told.map(({ monitorKey, to }) => `${monitorKey} ${to}`))
        }
        looks()
      }),
    changes: told,
  }
}

test('fail, fail, fail, complete, complete are two changes', async () => {
  const { send, told, changes } = await watched()
  for (const state of ['fail', 'fail', 'fail', 'complete', 'complete'] as const) await send('a', state, state)
  await send('marker', 'fail')
  expect(await told(3)).toEqual(['a failing', 'a healthy', 'marker failing'])
  expect(changes[0]?.run).toMatchObject({ state: 'failed', message: 'fail' })
})

test('1,000 failures of one monitor are one change', async () => {
  const { send, told } = await watched()
  await Promise.all(Array.from({ length: 1000 }, () => send('a', 'fail')))
  await send('marker', 'fail')
  expect(await told(2)).toEqual(['a failing', 'marker failing'])
})

test('ok resets the health, and a first success is not reported', async () => {
  const { send, told } = await watched()
  await send('new', 'complete')
  await send('a', 'fail')
  await send('a', 'ok')
  await send('a', 'ok')
  await send('marker', 'fail')
  expect(await told(3)).toEqual(['a failing', 'a healthy', 'marker failing'])
})

test('late once, back with a success, and late again', async () => {
  const { clock, store, lateness, send, told, wake } = await watched()
  await store.expect([{ monitorKey: 'a', rule: every(10_000) }])
  lateness.checkNow()
  clock.now += 10_001
  await wake()
  expect(await told(1)).toEqual(['a late'])
  clock.now += 20_000
  await wake()
  await send('a', 'complete')
  expect(await told(2)).toEqual(['a late', 'a healthy'])
  // The new time was asked for when the success came: nothing but this wakes it.
  clock.now += 10_001
  await wake()
  expect(await told(3)).toEqual(['a late', 'a healthy', 'a late'])
})
