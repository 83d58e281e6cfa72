import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { copyStored } from '../../../src/server/relay/copy-stored.ts'
import { openForwardMark, spoolIdOfStored } from '../../../src/server/relay/forward-mark.ts'
import { moveEvent, removeEvent } from '../../../src/spool/change-event.ts'
import { listEvents } from '../../../src/spool/list-events.ts'
import { putEvents } from '../../../src/spool/put-events.ts'
import { readEvent } from '../../../src/spool/read-event.ts'
import type { Spool } from '../../../src/spool/spool.ts'
import { filesIn, KEY_PRINT, spooledOf, spoolForTest } from '../../spool/support.ts'
import { type FakeStore, fakeStore, RECEIVED_AT } from './fake-relay-store.ts'

/** A server that begins to relay, with its spool. */
async function begin(store: FakeStore, spool = spoolForTest({ wallClock: () => RECEIVED_AT })) {
  const mark = await openForwardMark(store, spool, 0)
  const tools = { store, spool, key: KEY_PRINT, secrets: [], stamp: true, mark }
  return { spool, mark, copy: () => copyStored(tools) }
}

/** The ids of the stored events that wait in a spool, ascending. */
async function waitingIn(spool: Spool): Promise<number[]> {
  const ids: number[] = []
  for await (const { id } of listEvents(spool, 'queue')) ids.push(Number.parseInt(id, 16))
  return ids.sort((one, other) => one - other)
}

/** The events leave the queue, as if they were sent. */
async function leave(spool: Spool, ...ids: number[]): Promise<void> {
  for await (const name of listEvents(spool, 'queue'))
    if (ids.includes(Number.parseInt(name.id, 16))) await removeEvent(spool, 'queue', name)
}

async function refuse(spool: Spool, id: number): Promise<void> {
  for await (const name of listEvents(spool, 'queue')) {
    const content = await readEvent(spool, 'queue', name)
    if (name.id !== spoolIdOfStored(id) || content?.kind !== 'event') continue
    const refused = { status: 400, likelyCause: 'it is wrong' }
    await moveEvent(spool, name, 'queue', { ...content.spooled, tries: 1, refused })
  }
}

/** As `cronitor spool retry` does. */
async function putBack(spool: Spool): Promise<void> {
  for await (const name of listEvents(spool, 'rejected')) {
    const content = await readEvent(spool, 'rejected', name)
    if (content?.kind !== 'event') continue
    const { refused, ...fresh } = content.spooled
    await moveEvent(spool, name, 'rejected', { ...fresh, tries: 0, putBack: true })
  }
}

const sentUpTo = (store: FakeStore) => (store.cursors.get('forward-next') ?? 0) - 1

function add(store: FakeStore, count: number): void {
  for (let index = 0; index < count; index += 1) store.add({ monitorKey: `m${index}` })
}

describe('a server that begins to relay', () => {
  test('removes what another one has sent on, and keeps what was not sent', async () => {
    const store = fakeStore()
    add(store, 4)
    const a = await begin(store)
    await a.copy()
    await leave(a.spool, 1)
    await a.copy()
    expect(sentUpTo(store)).toBe(1)
    const b = await begin(store)
    await b.copy()
    expect(await waitingIn(b.spool)).toEqual([2, 3, 4])
    await leave(b.spool, 2, 3)
    await b.copy()
    await begin(store, a.spool)
    expect(await waitingIn(a.spool)).toEqual([4])
  })

  test('keeps what was refused and put back while another one relayed', async () => {
    const store = fakeStore()
    add(store, 3)
    const a = await begin(store)
    await a.copy()
    await refuse(a.spool, 2)
    await leave(a.spool, 1)
    await a.copy()
    const b = await begin(store)
    await b.copy()
    await leave(b.spool, 3)
    await b.copy()
    expect(sentUpTo(store)).toBe(3)
    await putBack(a.spool)
    const again = await begin(store, a.spool)
    expect(await waitingIn(a.spool)).toEqual([2])
    // It delays no mark.
    add(store, 1)
    await again.copy()
    await leave(a.spool, 4)
    await again.copy()
    expect(sentUpTo(store)).toBe(4)
    expect(await waitingIn(a.spool)).toEqual([2])
  })

  test('keeps what was put back and not sent before its own restart, also if it was refused before the mark had passed it', async () => {
    const store = fakeStore()
    add(store, 3)
    const a = await begin(store)
    await a.copy()
    await refuse(a.spool, 2)
    await putBack(a.spool)
    await leave(a.spool, 1)
    await a.copy()
    expect(sentUpTo(store)).toBe(1)
    const b = await begin(store)
    await b.copy()
    await leave(b.spool, 2, 3)
    await b.copy()
    await begin(store, a.spool)
    expect(await waitingIn(a.spool)).toEqual([2])
  })

  test('leaves to the drain what it cannot read', async () => {
    const store = fakeStore()
    const spool = spoolForTest()
    await putEvents(spool, 'queue', [spooledOf('ok')], { ids: [spoolIdOfStored(1)] })
    for (const file of filesIn(spool, 'queue')) writeFileSync(join(spool.folder, 'queue', file), '{')
    store.cursors.set('forward-next', 9)
    await begin(store, spool)
    expect(filesIn(spool, 'queue')).toHaveLength(1)
  })

  test('begins behind the events that were stored before the first relay of all', async () => {
    const store = fakeStore()
    add(store, 3)
    const spool = spoolForTest()
    const mark = await openForwardMark(store, spool, 2)
    expect(await mark.copiedUpTo()).toBe(2)
    expect(await (await openForwardMark(store, spool, 7)).copiedUpTo()).toBe(2)
  })
})

describe('a server that was stopped in the middle of a copy', () => {
  test('and goes on when another one relays, keeps no event from that one', async () => {
    const store = fakeStore()
    const a = await begin(store)
    add(store, 2)
    const { events } = store
    let goOn = () => {}
    const stopped = new Promise<void>(resolve => {
      goOn = resolve
    })
    const isCopying = new Promise<void>(resolve => {
      Object.assign(store, {
        events: async (range: Parameters<typeof events>[0]) => {
          const read = await events(range)
          resolve()
          await stopped
          return read
        },
      })
    })
    const copy = a.copy()
    await isCopying
    Object.assign(store, { events })
    const b = await begin(store)
    goOn()
    await copy
    await b.copy()
    expect(await waitingIn(b.spool)).toEqual([1, 2])
    // It copies once more before it knows.
    await leave(a.spool, 1, 2)
    await leave(b.spool, 1)
    await b.copy()
    expect(sentUpTo(store)).toBe(1)
  })

  test('and has sent on more than the other one, is believed', async () => {
    const store = fakeStore()
    add(store, 2)
    const a = await begin(store)
    await a.copy()
    const b = await begin(store)
    await leave(a.spool, 1, 2)
    await a.copy()
    expect(sentUpTo(store)).toBe(2)
    add(store, 1)
    await b.copy()
    expect(await waitingIn(b.spool)).toEqual([3])
    await leave(b.spool, 3)
    await b.copy()
    expect(sentUpTo(store)).toBe(3)
  })
})

test('events whose ids were used again after a failover that has lost some are copied', async () => {
  const store = fakeStore()
  add(store, 4)
  const a = await begin(store)
  await a.copy()
  await leave(a.spool, 1, 2, 3, 4)
  await a.copy()
  expect(sentUpTo(store)).toBe(4)
  store.cursors.set('forward-next', 3)
  await a.copy()
  expect(await waitingIn(a.spool)).toEqual([3, 4])
})
