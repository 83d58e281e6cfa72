import { expect, test } from 'vitest'
import { createDuties, type Duties, RENEW_MS, soleDuties } from '../../../../src/server/store/duties.ts'
import type { Term } from '../../../../src/server/store/duty-term.ts'
import { DUTY_LEASE_MS } from '../../../../src/server/store/peers.ts'
import { fakeClock, settleMicrotasks } from '../../../support/fake-clock.ts'
import { fakeDatabase } from '../fake-peers.ts'

/** Notes the starts and the ends of terms. */
function worker() {
  const terms: Term[] = []
  let working = 0
  return {
    terms,
    isWorking: () => working > 0,
    work: async (term: Term) => {
      terms.push(term)
      working += 1
      await term.over
      working -= 1
    },
  }
}

function servers() {
  const time = fakeClock()
  const database = fakeDatabase(time.now)
  const start = (id: string, clock = time) => {
    const peer = database.peer(id)
    return { peer, duties: createDuties(peer, { clock: clock.now, sleep: clock.sleep }), ...worker() }
  }
  return { time, database, start }
}

test('a server without others begins its work at once, and is never asked', async () => {
  const { work, isWorking, terms } = worker()
  const duty = soleDuties.run('lateness', work)
  expect(isWorking()).toBe(true)
  expect(await terms[0]?.confirm()).toBe(true)
  await duty.close()
  expect(isWorking()).toBe(false)
})

test('one of two servers has a duty, and keeps it for as long as it renews it', async () => {
  const { time, start } = servers()
  const [a, b] = [start('a'), start('b')]
  a.duties.run('lateness', a.work)
  b.duties.run('lateness', b.work)
  await time.advance(600_000)
  expect([a.terms.length, b.terms.length]).toEqual([1, 0])
  expect(a.isWorking()).toBe(true)
})

test('two duties may be with two servers', async () => {
  const { time, start } = servers()
  const [a, b] = [start('a'), start('b')]
  a.duties.run('lateness', a.work)
  b.duties.run('prune', b.work)
  await time.advance(60_000)
  expect([a.isWorking(), b.isWorking()]).toEqual([true, true])
})

test('a clean end hands the duty over at once, after the work has ended', async () => {
  const { time, start } = servers()
  const [a, b] = [start('a'), start('b')]
  const held = a.duties.run('lateness', a.work)
  b.duties.run('lateness', b.work)
  await time.advance(RENEW_MS)
  const closed = held.close()
  await settleMicrotasks()
  await closed
  await settleMicrotasks()
  expect([a.isWorking(), b.isWorking()]).toEqual([false, true])
})

test('the duty is kept while the last work is finished', async () => {
  const { time, database, start } = servers()
  const [a, b] = [start('a'), start('b')]
  let finish = () => {}
  const held = a.duties.run('notify', async term => {
    await term.over
    await new Promise<void>(resolve => {
      finish = resolve
    })
  })
  b.duties.run('notify', b.work)
  await time.advance(RENEW_MS)
  const closed = held.close()
  await time.advance(5 * DUTY_LEASE_MS)
  expect(database.owner('notify')).toBe('a')
  expect(b.isWorking()).toBe(false)
  finish()
  await closed
  await settleMicrotasks()
  expect(b.isWorking()).toBe(true)
})

test('another server takes over within 13 seconds if the first one dies', async () => {
  const { time, start } = servers()
  const dying = fakeClock()
  const [a, b] = [start('a', dying), start('b')]
  a.duties.run('lateness', a.work)
  await settleMicrotasks()
  b.duties.run('lateness', b.work)
  await time.advance(DUTY_LEASE_MS - 1)
  expect(b.isWorking()).toBe(false)
  await time.advance(RENEW_MS + 1)
  expect(b.isWorking()).toBe(true)
})

test('a server that was stopped has lost its duty when it goes on', async () => {
  const { time, database, start } = servers()
  const stopped = fakeClock()
  const [a, b] = [start('a', stopped), start('b')]
  a.duties.run('notify', a.work)
  await settleMicrotasks()
  b.duties.run('notify', b.work)
  await time.advance(60_000)
  stopped.skip(60_000)
  // Before any of its timers.
  expect(await a.terms[0]?.confirm()).toBe(false)
  await stopped.advance(60_000)
  expect([a.isWorking(), b.isWorking()]).toEqual([false, true])
  expect(a.terms).toHaveLength(1)
  expect(database.owner('notify')).toBe('b')
})

test('a server whose clock stood still asks the database before it does what cannot be undone', async () => {
  const { time, start } = servers()
  const suspended = fakeClock()
  const [a, b] = [start('a', suspended), start('b')]
  a.duties.run('notify', a.work)
  await settleMicrotasks()
  const held = b.duties.run('notify', b.work)
  await time.advance(60_000)
  // The other one has done it, and has left: this term is over all the same.
  await held.close()
  expect(await a.terms[0]?.confirm()).toBe(false)
  await suspended.advance(2 * RENEW_MS)
  expect(a.terms).toHaveLength(2)
  expect(a.isWorking()).toBe(true)
})

test('without the database a term ends with its lease, and another begins when it is back', async () => {
  const { time, start } = servers()
  const a = start('a')
  a.duties.run('lateness', a.work)
  await time.advance(RENEW_MS + 1)
  a.peer.problem = new Error('the database is away')
  await time.advance(DUTY_LEASE_MS)
  expect(a.isWorking()).toBe(false)
  expect(a.terms[0]?.lost.aborted).toBe(true)
  a.peer.problem = undefined
  await time.advance(RENEW_MS)
  expect(a.isWorking()).toBe(true)
  expect(a.terms).toHaveLength(2)
})

test('a term does not begin before the work of the previous one has ended', async () => {
  const { time, start } = servers()
  const a = start('a')
  let finish = () => {}
  let terms = 0
  a.duties.run('relay', async term => {
    terms += 1
    await term.over
    await new Promise<void>(resolve => {
      finish = resolve
    })
  })
  await time.advance(1)
  a.peer.problem = new Error('the database is away')
  await time.advance(2 * DUTY_LEASE_MS)
  a.peer.problem = undefined
  await time.advance(2 * DUTY_LEASE_MS)
  expect(terms).toBe(1)
  finish()
  await time.advance(RENEW_MS)
  expect(terms).toBe(2)
})

test('a duty that is closed while the database is asked for it is left', async () => {
  const { time, database, start } = servers()
  const a = start('a')
  await a.duties.run('prune', a.work).close()
  await time.advance(RENEW_MS)
  expect(database.owner('prune')).toBeUndefined()
  expect(a.isWorking()).toBe(false)
})

test('all duties of a server cost one query every 3 seconds, and none once they are closed', async () => {
  const { time, start } = servers()
  const a = start('a')
  const run = (duties: Duties) => ['a', 'b', 'c'].map(name => duties.run(name, a.work))
  const held = run(a.duties)
  await time.advance(10_000)
  a.peer.calls = 0
  await time.advance(30_000)
  expect(a.peer.calls).toBe(10)
  await Promise.all(held.map(each => each.close()))
  a.peer.calls = 0
  await time.advance(30_000)
  expect(a.peer.calls).toBe(0)
  expect(time.sleepers()).toBe(0)
})
