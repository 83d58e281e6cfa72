import { describe, expect, test } from 'vitest'
import { copyStored, initCursor } from '../../../src/server/relay/copy-stored.ts'
import { removeEvent } from '../../../src/spool/change-event.ts'
import { listEvents, oldestEvents } from '../../../src/spool/list-events.ts'
import { readEvent } from '../../../src/spool/read-event.ts'
import type { Spool } from '../../../src/spool/spool.ts'
import { filesIn, KEY_PRINT, spoolForTest } from '../../spool/support.ts'
import { type FakeStore, fakeStore, RECEIVED_AT } from './fake-relay-store.ts'

const SECRET = 'key-of-the-other-api'

function toolsFor(store: FakeStore, more: Partial<Spool> = {}) {
  const spool = spoolForTest({ wallClock: () => RECEIVED_AT + 1000, ...more })
  return { store, spool, key: KEY_PRINT, secrets: [SECRET], stamp: true }
}

/** What waits in the spool, oldest first. */
async function waitingIn(spool: Spool) {
  const names = await oldestEvents(spool, 'queue', () => true, 10_000)
  const read = await Promise.all(names.map(name => readEvent(spool, 'queue', name)))
  return read.map(each => (each?.kind === 'event' ? each.spooled : undefined))
}

describe('the cursor at the first start', () => {
  test('is the newest event of a store with events, and stays at later starts', async () => {
    const store = fakeStore()
    store.add()
    store.add()
    expect(await initCursor(store)).toEqual({ hasSkipped: true })
    const tools = toolsFor(store)
    store.add({ monitorKey: 'new' })
    expect(await initCursor(store)).toEqual({ hasSkipped: false })
    await copyStored(tools)
    expect((await waitingIn(tools.spool)).map(spooled => spooled?.event.monitorKey)).toEqual(['new'])
  })

  test('is before the first event of an empty store, even if the server ended before that was copied', async () => {
    const store = fakeStore()
    expect(await initCursor(store)).toEqual({ hasSkipped: false })
    store.add()
    expect(await initCursor(store)).toEqual({ hasSkipped: false })
    const tools = toolsFor(store)
    await copyStored(tools)
    expect(await waitingIn(tools.spool)).toHaveLength(1)
  })
})

test('an event is copied with all its fields, its stamp, and the time of its arrival here', async () => {
  const store = fakeStore()
  store.add({
    monitorKey: 'a/b',
    state: 'fail',
    series: 's',
    host: 'h',
    env: 'e',
    statusCode: 3,
    metrics: [{ name: 'count', value: 1.5 }],
    message: 'no space left',
    stamp: 1_780_000_000.25,
  })
  store.add({ monitorKey: 'bare' })
  const tools = toolsFor(store)
  expect(await copyStored(tools)).toEqual({ kind: 'all', tooOld: 0, unsendable: 0 })
  expect(await waitingIn(tools.spool)).toEqual(
    expect.arrayContaining([
      {
        key: KEY_PRINT,
        occurredAt: RECEIVED_AT,
        tries: 0,
        event: {
          monitorKey: 'a/b',
          state: 'fail',
          series: 's',
          host: 'h',
          env: 'e',
          statusCode: 3,
          metrics: [{ name: 'count', value: 1.5 }],
          message: { output: 'no space left', earlierBytes: 0 },
          stamp: 1_780_000_000.25,
        },
      },
      {
        key: KEY_PRINT,
        occurredAt: RECEIVED_AT,
        tries: 0,
        event: { monitorKey: 'bare', state: 'run', metrics: [] },
      },
    ]),
  )
})

test('a metric whose name has dots is copied with a name that the API has', async () => {
  const store = fakeStore()
  store.add({ metrics: [{ name: 'db.rows.read', value: 7 }] })
  const tools = toolsFor(store)
  await copyStored(tools)
  expect((await waitingIn(tools.spool))[0]?.event.metrics).toEqual([{ name: 'db_rows_read', value: 7 }])
})

test('an event is copied without its stamp if stamps are off', async () => {
  const store = fakeStore()
  store.add({ stamp: 1 })
  const tools = { ...toolsFor(store), stamp: false }
  await copyStored(tools)
  expect((await waitingIn(tools.spool))[0]?.event).not.toHaveProperty('stamp')
})

test('the events of a series stay in the order of their arrival', async () => {
  const store = fakeStore()
  store.add({ series: 's', state: 'run' })
  // Its clock was set back meanwhile.
  store.add({ series: 's', state: 'complete', receivedAt: RECEIVED_AT - 60_000 })
  const tools = toolsFor(store)
  await copyStored(tools)
  expect((await waitingIn(tools.spool)).map(spooled => spooled?.event.state)).toEqual(['run', 'complete'])
})

test('events that were copied before the cursor was moved are not copied again', async () => {
  const store = fakeStore()
  store.add()
  store.add({ state: 'complete' })
  const tools = toolsFor(store)
  store.failCursor = true
  await expect(copyStored(tools)).rejects.toThrow('database is locked')
  const before = filesIn(tools.spool, 'queue')
  expect(before).toHaveLength(2)
  store.add({ state: 'ok' })
  expect((await copyStored(tools)).kind).toBe('all')
  const after = filesIn(tools.spool, 'queue')
  expect(after).toHaveLength(3)
  expect(after).toEqual(expect.arrayContaining(before))
  expect(store.cursors.get('forward')).toBe(3)
})

test('an event of another store with the same id is another event', async () => {
  const tools = toolsFor(fakeStore())
  tools.store.add()
  await copyStored(tools)
  const other = { ...tools, store: fakeStore() }
  other.store.add({ receivedAt: RECEIVED_AT + 1 })
  await copyStored(other)
  expect(filesIn(tools.spool, 'queue')).toHaveLength(2)
})

test('no more than 2,000 events are in the spool; the rest stays in the store until there is room', async () => {
  const store = fakeStore()
  for (let count = 0; count < 2100; count += 1) store.add({ series: String(count) })
  const tools = toolsFor(store)
  const kinds: string[] = []
  for (let turn = 0; turn < 21; turn += 1) kinds.push((await copyStored(tools)).kind)
  expect(kinds).toEqual([...Array.from({ length: 20 }, () => 'more'), 'full'])
  expect(filesIn(tools.spool, 'queue')).toHaveLength(2000)
  expect(store.cursors.get('forward')).toBe(2000)

  let removed = 0
  for await (const name of listEvents(tools.spool, 'queue')) {
    if (removed < 30 && (await removeEvent(tools.spool, 'queue', name))) removed += 1
  }
  expect((await copyStored(tools)).kind).toBe('full')
  expect(store.cursors.get('forward')).toBe(2030)
  // Each event is synced to a disk that others use too: at load 25 it took 40 seconds.
}, 600_000)

test('no more events are copied than half of the spool’s maximum size', async () => {
  const store = fakeStore()
  store.add({ series: '1', message: 'x'.repeat(2000) })
  store.add({ series: '2' })
  const tools = toolsFor(store, { maxBytes: 3000 })
  store.cursors.set('forward', 0)
  expect((await copyStored(tools)).kind).toBe('all')
  store.add({ series: '3' })
  expect((await copyStored(tools)).kind).toBe('full')
  expect(store.cursors.get('forward')).toBe(2)
})

test('events older than the spool keeps them are skipped and counted, whatever the wall clock says', async () => {
  const store = fakeStore()
  store.add()
  // The clock was wrong then, or is wrong now.
  store.add({ receivedAt: RECEIVED_AT - 100 * 86_400_000 })
  store.tooOldUpTo = 1
  const tools = toolsFor(store)
  expect(await copyStored(tools)).toEqual({ kind: 'all', tooOld: 1, unsendable: 0 })
  expect(filesIn(tools.spool, 'queue')).toHaveLength(1)
  expect(store.cursors.get('forward')).toBe(2)
})

test('the key is redacted before an event is written, and an event whose monitor key contains it is skipped', async () => {
  const store = fakeStore()
  store.add({ monitorKey: `of-${SECRET}` })
  store.add({ message: `it is ${SECRET}`, series: SECRET, host: SECRET, env: SECRET })
  const tools = toolsFor(store)
  expect(await copyStored(tools)).toEqual({ kind: 'all', tooOld: 0, unsendable: 1 })
  const [spooled] = await waitingIn(tools.spool)
  expect(JSON.stringify(spooled)).not.toContain(SECRET)
  expect(spooled?.event.message?.output).toBe('it is [redacted]')
})
