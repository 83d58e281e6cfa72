import { expect, test } from 'vitest'
import { endpointName } from '../../../src/server/ingest/rate-limits.ts'
import { createSharedLimits, EXCHANGE_MS } from '../../../src/server/ingest/shared-limits.ts'
import type { Uses } from '../../../src/server/store/peers.ts'
import { fakeClock } from '../../support/fake-clock.ts'
import { fakeDatabase } from '../store/fake-peers.ts'

const RATES = { endpoint: { perSecond: 5, burst: 10 }, address: { perSecond: 50, burst: 250 } }
const ENDPOINT = endpointName('secret-key', 'job')

function servers(count: number) {
  const time = fakeClock()
  const database = fakeDatabase(time.now)
  const all = Array.from({ length: count }, (_, index) => {
    const peer = database.peer(String(index))
    const limits = createSharedLimits({ table: peer.uses, clock: time.now, sleep: time.sleep, rates: RATES })
    const admit = (address: string | undefined = undefined, endpoint = ENDPOINT) =>
      limits.admit(endpoint, address, time.now()).kind === 'admitted'
    return { peer, limits, admit }
  })
  return { time, all }
}

test('a client that asks all servers gets what one server would give it, and a burst of each at the start', async () => {
  const { time, all } = servers(3)
  let admitted = 0
  const inSeconds = async (seconds: number) => {
    admitted = 0
    for (let tenth = 0; tenth < seconds * 10; tenth += 1) {
      for (const { admit } of all) if (admit()) admitted += 1
      await time.advance(100)
    }
    return admitted
  }
  expect(await inSeconds(1)).toBeLessThanOrEqual(3 * 15)
  // The debt of that second, and then the limit.
  expect(await inSeconds(9)).toBeLessThanOrEqual(10 * 5)
  const minute = await inSeconds(60)
  expect(minute).toBeLessThanOrEqual(60 * 5 + 10)
  expect(minute).toBeGreaterThan(60 * 5 * 0.6)
})

test('what one server has admitted counts on the others within a second', async () => {
  const { time, all } = servers(2)
  const [a, b] = all
  for (let request = 0; request < 10; request += 1) expect(a?.admit()).toBe(true)
  await time.advance(EXCHANGE_MS)
  expect(b?.admit()).toBe(false)
  await time.advance(EXCHANGE_MS)
  expect(b?.admit()).toBe(true)
})

test('an address that is at its limit on one server is soon at its limit on the other', async () => {
  const { time, all } = servers(2)
  const [a, b] = all
  for (let round = 0; round < 20; round += 1) {
    for (let request = 0; request < 50; request += 1) a?.admit('192.0.2.1', `${ENDPOINT}${request}`)
    await time.advance(250)
  }
  for (let request = 0; request < 250; request += 1) a?.admit('192.0.2.1', `${ENDPOINT}-${request}`)
  await time.advance(EXCHANGE_MS)
  const admitted = Array.from({ length: 250 }, (_, index) => b?.admit('192.0.2.1', `${ENDPOINT}+${index}`))
  expect(admitted.filter(Boolean).length).toBeLessThan(250)
  expect(b?.admit('192.0.2.2')).toBe(true)
})

test('without the database each server has the limit of its own', async () => {
  const { time, all } = servers(2)
  for (const { peer } of all) peer.problem = new Error('away')
  await time.advance(5000)
  for (const { admit } of all) {
    expect(Array.from({ length: 12 }, () => admit()).filter(Boolean)).toHaveLength(10)
  }
})

test('what is told shows no API key, and two events of a job are not told', async () => {
  const time = fakeClock()
  const told: Uses[] = []
  const exchange = async (uses: Uses) => {
    told.push(uses)
    return []
  }
  const limits = createSharedLimits({ table: { exchange }, clock: time.now, sleep: time.sleep, rates: RATES })
  for (let request = 0; request < 5; request += 1) limits.admit(ENDPOINT, '192.0.2.1', time.now())
  for (let request = 0; request < 2; request += 1)
    limits.admit(endpointName('secret-key', 'other'), undefined, time.now())
  await time.advance(EXCHANGE_MS)
  await limits.close()
  const names = Object.keys(Object.assign({}, ...told))
  expect(names).toHaveLength(2)
  expect(names.join()).toMatch(/^e:[\w-]{8} job,a:192\.0\.2\.1$/)
  expect(time.sleepers()).toBe(0)
})
