/** Two servers with one store: one sends on, and the other one goes on where that has stopped. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openRelay } from '../../../src/server/relay/open-relay.ts'
import { createDuties } from '../../../src/server/store/duties.ts'
import { type FakeApi, startFakeApi } from '../../support/fake-api.ts'
import { fakeClock } from '../../support/fake-clock.ts'
import { waitingIn } from '../../support/spool-state.ts'
import { tempDir } from '../../support/temp.ts'
import { until } from '../../support/until.ts'
import { fakeDatabase } from '../store/fake-peers.ts'
import { fakeStore } from './fake-relay-store.ts'

function stage(api: FakeApi) {
  const time = fakeClock()
  const database = fakeDatabase(time.now)
  const store = fakeStore()
  const keyFile = join(tempDir('key'), 'key')
  writeFileSync(keyFile, 'forward-key-0123456789\n', { mode: 0o600 })
  const start = async (id: string, dataDir = tempDir('data'), clock = time) => {
    const lines: string[] = []
    const opened = await openRelay(
      { forwardTo: [api.url], forwardKeyFile: keyFile },
      {
        store,
        dataDir,
        env: {},
        notify: line => lines.push(line),
        duties: createDuties(database.peer(id), { clock: clock.now, sleep: clock.sleep }),
      },
    )
    if (opened.kind !== 'open') throw new Error('there is no relay')
    onTestFinished(() => opened.relay.close(0))
    return { ...opened.relay, lines, dataDir, waiting: () => waitingIn(join(dataDir, 'forward')) }
  }
  const add = (...keys: string[]) => {
    for (const monitorKey of keys) store.add({ monitorKey, state: 'ok', receivedAt: Date.now() })
  }
  return { time, database, store, start, add }
}

async function apiForTest(respond?: FakeApi['respond']): Promise<FakeApi> {
  const api = await startFakeApi(respond && { respond })
  onTestFinished(() => api.close())
  return api
}

const keysOf = (api: FakeApi) =>
  api
    .events()
    .map(({ monitorKey }) => monitorKey)
    .toSorted()

test('each event is sent on by one of them, and after a clean end by the other one', async () => {
  const api = await apiForTest()
  const { time, start, add } = stage(api)
  const a = await start('a')
  await time.advance(1)
  const b = await start('b')
  add('1', '2', '3')
  await api.waitFor(events => events.length === 3)
  await until('all were sent', () => a.waiting() === 0)
  await a.close()
  add('4')
  await time.advance(1)
  await api.waitFor(events => events.length === 4)
  await until('all were sent', () => b.waiting() === 0)
  expect(keysOf(api)).toEqual(['1', '2', '3', '4'])
})

test('what was in the spool of a server that does not come back is sent on by the other one', async () => {
  let isDown = true
  const api = await apiForTest(() => ({ status: isDown ? 503 : 200 }))
  const { time, database, start, add } = stage(api)
  const dying = fakeClock()
  const a = await start('a', undefined, dying)
  const b = await start('b')
  await time.advance(1)
  add('1', '2')
  await until('they were copied', () => a.waiting() === 2)
  // Nothing of it runs any more.
  await a.close(0)
  await time.advance(1)
  await until('the other one has them', () => b.waiting() === 2)
  expect(database.owner('forward')).toBe('b')
  isDown = false
  await until('all were sent', () => b.waiting() === 0)
  // The first one comes back: what is in its spool was sent.
  await b.close()
  const before = api.events().length
  const again = await start('a', a.dataDir)
  await time.advance(1)
  await until('nothing waits', () => again.waiting() === 0)
  add('3')
  await until('the next one was sent', () => api.events('3').length === 1)
  expect(api.events()).toHaveLength(before + 1)
  expect(again.lines).toEqual([])
})
