import { describe, expect, test, vi } from 'vitest'
import { moveCursor, readCursor } from '../../../../src/server/store/postgres/cursors.ts'
import { emptySchema, ownPostgres, whyNoPostgres } from '../../../support/postgres.ts'
import { joined, storeChange, storeEvents } from './joined.ts'

const why = whyNoPostgres()

/** For what happens at once or within a second; a busy machine gets more time. */
const SOON = { timeout: 60_000, interval: 10 }

describe.skipIf(why !== undefined)('servers with one database', () => {
  test('a server is told of what another one stores, each event once, and not of its own', async () => {
    const url = await emptySchema()
    const [a, b] = await Promise.all([joined(url), joined(url)])
    const [ofA, ofB] = [[] as number[], [] as number[]]
    const store = async (server: typeof a, ids: number[], times: number) => {
      for (let time = 0; time < times; time += 1)
        ids.push(...(await storeEvents(server.database, (time % 3) + 1)))
    }
    await Promise.all([store(a, ofA, 40), store(b, ofB, 40), store(a, ofA, 40)])
    await vi.waitFor(() => {
      expect(a.told()).toEqual(ofB)
      expect(b.told()).toEqual(ofA.sort((x, y) => x - y))
    }, SOON)
    expect(a.news[0]?.fromOthers?.[0]).toEqual({ id: ofB[0], monitorKey: 'job', stamp: ofB[0] })
  })

  test('it is told when a health has changed, with or without an event', async () => {
    const url = await emptySchema()
    const [a, b] = await Promise.all([joined(url), joined(url)])
    await storeChange(a.database)
    await vi.waitFor(() => expect(b.news).toEqual([{ events: [], healthChanged: true }]), SOON)
    expect(a.news).toEqual([])
  })

  test('it is not told of its own, even if it looks before it hears that they are stored', async () => {
    const url = await emptySchema()
    const b = await joined(url)
    let ofB: number[] = []
    const a = await joined(url, {
      onCommitted: async () => {
        ofB = [...ofB, ...(await storeEvents(b.database, 1))]
        await vi.waitFor(() => expect(a.told()).toEqual(ofB), SOON)
      },
    })
    await storeEvents(a.database, 2)
    await storeChange(a.database)
    expect(a.told()).toEqual(ofB)
    expect(a.news.filter(({ healthChanged }) => healthChanged)).toEqual([])
  })

  test('it is not told of what was there before it', async () => {
    const url = await emptySchema()
    const a = await joined(url)
    await storeEvents(a.database, 5)
    await storeChange(a.database)
    const b = await joined(url)
    const [next] = await storeEvents(a.database, 1)
    await vi.waitFor(() => expect(b.told()).toEqual([next]), SOON)
    expect(b.news).toHaveLength(1)
  })

  test('without LISTEN it looks each second', async () => {
    const url = await emptySchema()
    const [a, b] = await Promise.all([joined(url), joined(url, { listens: false })])
    const ids = await storeEvents(a.database, 3)
    await vi.waitFor(() => expect(b.told()).toEqual(ids), SOON)
  })

  test('after a lost connection nothing is left out or told twice', async () => {
    const url = await emptySchema()
    const [a, b] = await Promise.all([joined(url), joined(url)])
    const ids: number[] = []
    for (let round = 0; round < 2; round += 1) {
      ids.push(...(await storeEvents(a.database, 3)))
      await vi.waitFor(() => expect(b.listener()?.isUsable()).toBe(true), SOON)
      b.listener()?.end()
    }
    ids.push(...(await storeEvents(a.database, 2500)))
    await vi.waitFor(() => expect(b.told()).toEqual(ids), SOON)
  })

  test('what fails is not told, and the ids are told as those of the next one', async () => {
    const url = await emptySchema()
    const [a, b] = await Promise.all([joined(url), joined(url)])
    const failing = a.database.write(async ({ head }) => {
      head.lastEvent += 3
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    const ofB = await storeEvents(b.database, 4)
    const ofA = await storeEvents(a.database, 1)
    await vi.waitFor(() => expect([a.told(), b.told()]).toEqual([ofB, ofA]), SOON)
  })

  test('they have the clock of the database, whatever their own is', async () => {
    const url = await emptySchema()
    const anHour = 3_600_000
    const [a, b] = await Promise.all([joined(url), joined(url, { clock: () => performance.now() + anHour })])
    const [row] = await a.database.read(({ query }) =>
      query<{ readonly ms: number }>('SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms'),
    )
    // Much less than an hour. What a busy machine takes for the question is a part of the difference.
    expect(Math.abs(a.now() - b.now())).toBeLessThan(anHour / 10)
    expect(Math.abs(a.now() - (row?.ms ?? 0))).toBeLessThan(anHour / 10)
  })

  test('after a restart of the database they go on', async () => {
    const postgres = await ownPostgres()
    const [a, b] = await Promise.all([joined(postgres.url), joined(postgres.url)])
    const before = await storeEvents(a.database, 2)
    await vi.waitFor(() => expect(b.told()).toEqual(before), SOON)
    await postgres.server().kill()
    await postgres.start()
    const after = await vi.waitFor(() => storeEvents(a.database, 2), SOON)
    await vi.waitFor(() => expect(b.told()).toEqual([...before, ...after]), SOON)
  })
})

describe.skipIf(why !== undefined)('a duty on PostgreSQL', () => {
  test('is with one server until that one leaves it, and the others are told', async () => {
    const url = await emptySchema()
    const [a, b] = await Promise.all([joined(url), joined(url)])
    const left = vi.fn()
    b.peers.onDutyLeft(left)
    const names = { held: [], wanted: ['prune', 'lateness'] }
    expect((await a.peers.holdDuties(names)).toSorted()).toEqual(['lateness', 'prune'])
    expect(await b.peers.holdDuties(names)).toEqual([])
    expect(await a.peers.holdDuties({ held: ['prune'], wanted: [] })).toEqual(['prune'])
    await vi.waitFor(() => expect(b.listener()).toBeDefined(), SOON)
    await vi.waitFor(async () => {
      await a.peers.holdDuties(names)
      await a.peers.leaveDuty('prune')
      expect(left).toHaveBeenCalled()
    }, SOON)
    expect(await b.peers.holdDuties(names)).toEqual(['prune'])
    expect(await a.peers.holdDuties({ held: ['prune'], wanted: [] })).toEqual([])
    await a.peers.leaveDuty('prune')
    expect(await b.peers.holdDuties({ held: ['prune'], wanted: [] })).toEqual(['prune'])
  })

  test('can be taken when its lease has ended', async () => {
    const url = await emptySchema()
    const [a, b] = await Promise.all([joined(url), joined(url)])
    await a.peers.holdDuties({ held: [], wanted: ['prune'] })
    await a.database.read(({ query }) => query(`UPDATE duty SET until = until - interval '10 seconds'`))
    // Nobody has taken it.
    expect(await a.peers.holdDuties({ held: ['prune'], wanted: [] })).toEqual(['prune'])
    await a.database.read(({ query }) => query(`UPDATE duty SET until = until - interval '10 seconds'`))
    expect(await b.peers.holdDuties({ held: [], wanted: ['prune'] })).toEqual(['prune'])
    expect(await a.peers.holdDuties({ held: ['prune'], wanted: [] })).toEqual([])
  })

  test('is never with two, whatever they ask at the same time', async () => {
    const url = await emptySchema()
    const servers = await Promise.all([joined(url), joined(url), joined(url)])
    const names = ['a', 'b', 'c', 'd']
    for (let round = 0; round < 20; round += 1) {
      const found = await Promise.all(
        servers.map(({ peers }, index) =>
          peers.holdDuties({ held: [], wanted: index === 1 ? names.toReversed() : names }),
        ),
      )
      expect(found.flat().toSorted()).toEqual(names)
      await Promise.all(servers.map(({ peers }) => peers.leaveDuty(names[round % 4] ?? '')))
    }
  })
})

describe.skipIf(why !== undefined)('sessions on PostgreSQL', () => {
  const DAY = 86_400_000

  test('are those of all servers', async () => {
    const url = await emptySchema()
    const [a, b] = await Promise.all([joined(url), joined(url)])
    const session = { id: 'hash', proof: 'proof' }
    await a.peers.sessions.begin(session, 10, DAY)
    expect(await b.peers.sessions.use(['other', 'hash'], DAY)).toEqual([session])
    await b.peers.sessions.end(['hash'])
    expect(await a.peers.sessions.use(['hash'], DAY)).toEqual([])
  })

  test('end after a time without use, and a use is noted', async () => {
    const { database, peers } = await joined(await emptySchema())
    const { sessions } = peers
    await sessions.begin({ id: 'x', proof: 'p' }, 10, DAY)
    const age = (hours: number) =>
      database.read(({ query }) =>
        query("UPDATE session SET used_at = used_at - $1 * interval '1 hour'", [hours]),
      )
    await age(23)
    expect(await sessions.use(['x'], DAY)).toHaveLength(1)
    await age(23)
    expect(await sessions.use(['x'], DAY)).toHaveLength(1)
    await age(25)
    expect(await sessions.use(['x'], DAY)).toEqual([])
    await sessions.begin({ id: 'y', proof: 'p' }, 10, DAY)
    const rows = await database.read(({ query }) => query('SELECT id FROM session'))
    expect(rows).toEqual([{ id: 'y' }])
  })

  test('are limited: the least recently used ones go', async () => {
    const { database, peers } = await joined(await emptySchema())
    for (const id of ['1', '2', '3', '4', '5']) await peers.sessions.begin({ id, proof: '' }, 3, DAY)
    const rows = await database.read(({ query }) => query('SELECT id FROM session ORDER BY id'))
    expect(rows).toEqual([{ id: '3' }, { id: '4' }, { id: '5' }])
  })
})

test.skipIf(why !== undefined)('a cursor is moved only from where it is', async () => {
  const { database } = await joined(await emptySchema())
  const move = (from: number, to: number) => database.read(queries => moveCursor(queries, 'notify', from, to))
  expect(await move(5, 6)).toBe(false)
  expect((await Promise.all([move(0, 5), move(0, 5)])).toSorted()).toEqual([false, true])
  expect(await move(5, 6)).toBe(true)
  expect(await move(5, 7)).toBe(false)
  expect(await database.read(queries => readCursor(queries, 'notify'))).toBe(6)
})

test.skipIf(why !== undefined)('what is used of a limit is told to each other server once', async () => {
  const url = await emptySchema()
  const [a, b, c] = await Promise.all([joined(url), joined(url), joined(url)])
  await a.peers.uses.exchange({ x: 3, y: 1 })
  await b.peers.uses.exchange({ x: 2 })
  expect(await a.peers.uses.exchange({})).toEqual([{ x: 2 }])
  expect(await a.peers.uses.exchange({})).toEqual([])
  expect(await c.peers.uses.exchange({})).toHaveLength(2)
  expect(await c.peers.uses.exchange({})).toEqual([])
})
