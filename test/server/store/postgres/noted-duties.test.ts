import { expect, test } from 'vitest'
import { createDuties, RENEW_MS, soleDuties } from '../../../../src/server/store/duties.ts'
import type { Term } from '../../../../src/server/store/duty-term.ts'
import { noteDuties } from '../../../../src/server/store/noted-duties.ts'
import { DUTY_LEASE_MS } from '../../../../src/server/store/peers.ts'
import { fakeClock } from '../../../support/fake-clock.ts'
import { fakeDatabase } from '../fake-peers.ts'

const untilOver = (term: Term) => term.over

function servers() {
  const time = fakeClock()
  const database = fakeDatabase(time.now)
  const start = (id: string) => {
    const peer = database.peer(id)
    return { peer, duties: noteDuties(createDuties(peer, { clock: time.now, sleep: time.sleep })) }
  }
  return { time, start }
}

test('a server without others has each duty that it does, until that is closed', async () => {
  const duties = noteDuties(soleDuties)
  expect(duties.states()).toEqual([])
  const lateness = duties.run('lateness', untilOver)
  duties.run('prune', untilOver)
  expect(duties.states()).toEqual([
    { name: 'lateness', isHeld: true },
    { name: 'prune', isHeld: true },
  ])
  await lateness.close()
  expect(duties.states()).toEqual([{ name: 'prune', isHeld: true }])
})

test('of two servers one has the duty, and after its clean end the other one', async () => {
  const { time, start } = servers()
  const [a, b] = [start('a'), start('b')]
  const held = a.duties.run('lateness', untilOver)
  b.duties.run('lateness', untilOver)
  await time.advance(RENEW_MS)
  expect(a.duties.states()).toEqual([{ name: 'lateness', isHeld: true }])
  expect(b.duties.states()).toEqual([{ name: 'lateness', isHeld: false }])
  await held.close()
  await time.advance(RENEW_MS)
  expect(a.duties.states()).toEqual([])
  expect(b.duties.states()).toEqual([{ name: 'lateness', isHeld: true }])
})

test('nobody has a duty whose lease could not be renewed', async () => {
  const { time, start } = servers()
  const { peer, duties } = start('a')
  duties.run('lateness', untilOver)
  await time.advance(RENEW_MS)
  peer.problem = new Error('the database is away')
  await time.advance(DUTY_LEASE_MS)
  expect(duties.states()).toEqual([{ name: 'lateness', isHeld: false }])
  peer.problem = undefined
  await time.advance(RENEW_MS)
  expect(duties.states()).toEqual([{ name: 'lateness', isHeld: true }])
})

test('a duty whose work has ended by itself is not held until it begins again', async () => {
  const { time, start } = servers()
  const { duties } = start('a')
  let end = () => {}
  duties.run(
    'forward',
    () =>
      new Promise(resolve => {
        end = resolve
      }),
  )
  await time.advance(1)
  expect(duties.states()).toEqual([{ name: 'forward', isHeld: true }])
  end()
  await Promise.resolve()
  expect(duties.states()).toEqual([{ name: 'forward', isHeld: false }])
  await time.advance(RENEW_MS)
  expect(duties.states()).toEqual([{ name: 'forward', isHeld: true }])
})
