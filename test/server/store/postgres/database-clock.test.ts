import { expect, test } from 'vitest'
import { createDatabaseClock } from '../../../../src/server/store/postgres/database-clock.ts'

const NOON = Date.UTC(2026, 10, 29, 12)

function clocks() {
  const time = { monotonic: 1000, database: NOON }
  const pass = (ms: number) => {
    time.monotonic += ms
    time.database += ms
  }
  /** The question takes `there` milliseconds, and the answer `back`. */
  const sample = (there: number, back: number) => {
    const askedAt = time.monotonic
    pass(there)
    const databaseMs = time.database
    pass(back)
    return { askedAt, answeredAt: time.monotonic, databaseMs }
  }
  return { time, pass, sample }
}

test('time is that of the database, whatever the clock of the host is', () => {
  const { time, pass, sample } = clocks()
  const clock = createDatabaseClock(sample(1, 1), () => time.monotonic)
  expect(clock.now() - time.database).toBe(0)
  pass(3_600_000)
  expect(clock.now() - time.database).toBe(0)
})

test('a slow answer changes nothing', () => {
  const { time, pass, sample } = clocks()
  const clock = createDatabaseClock(sample(1, 1), () => time.monotonic)
  for (let second = 0; second < 100; second += 1) {
    pass(1000)
    clock.add(sample(0, 900))
    expect(Math.abs(clock.now() - time.database)).toBeLessThanOrEqual(10)
  }
})

test('a faster answer makes it more exact', () => {
  const { time, sample } = clocks()
  const clock = createDatabaseClock(sample(0, 400), () => time.monotonic)
  expect(Math.abs(clock.now() - time.database)).toBe(200)
  clock.add(sample(0, 4))
  expect(Math.abs(clock.now() - time.database)).toBeLessThanOrEqual(2)
})

test('a clock of the database that was set is followed at once', () => {
  const { time, pass, sample } = clocks()
  const clock = createDatabaseClock(sample(1, 1), () => time.monotonic)
  time.database += 3_600_000
  clock.add(sample(2, 2))
  expect(clock.now() - time.database).toBe(0)
  time.database -= 7_200_000
  pass(1000)
  clock.add(sample(2, 2))
  expect(clock.now() - time.database).toBe(0)
})

test('so is a machine that was suspended, whose monotonic clock stood still', () => {
  const { time, sample } = clocks()
  const clock = createDatabaseClock(sample(1, 1), () => time.monotonic)
  time.database += 600_000
  clock.add(sample(0, 10))
  expect(Math.abs(clock.now() - time.database)).toBeLessThanOrEqual(5)
})

test('two clocks that drift apart are followed', () => {
  const { time, sample } = clocks()
  const clock = createDatabaseClock(sample(1, 1), () => time.monotonic)
  for (let second = 0; second < 3600; second += 1) {
    time.monotonic += 1000
    time.database += 1000.05
    clock.add(sample(1, 1))
    expect(Math.abs(clock.now() - time.database)).toBeLessThanOrEqual(3)
  }
})
