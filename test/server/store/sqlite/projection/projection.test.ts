import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../../../../src/server/store/sqlite/database.ts'
import { createEngine } from '../../../../../src/server/store/sqlite/engine.ts'
import { packEvents } from '../../../../../src/server/store/sqlite/packed-events.ts'
import { pragmaNumber } from '../../../../../src/server/store/sqlite/sqlite.ts'
import { tempDir } from '../../../../support/temp.ts'
import { event } from '../../support.ts'

/** A database in memory, and what another program would read from it. */
async function database() {
  const db = await openDatabase(':memory:')
  const number = (sql: string) => () => db.prepare<{ readonly n: number }>(sql).get()?.n
  return {
    db,
    runs: number('SELECT count(*) n FROM run'),
    pending: number(
      'SELECT count(*) n FROM event e JOIN monitor m ON m.id = e.monitor WHERE e.id > m.derived',
    ),
  }
}

const group = (first: number, count: number) =>
  packEvents(
    Array.from({ length: count }, (_, index) =>
      event('complete', first + index, {
        series: `s${first + index}`,
        monitorKey: `job-${(first + index) % 10}`,
      }),
    ),
  )

test('at most maxPending events are pending', async () => {
  const { db, runs, pending } = await database()
  const engine = createEngine(db, { limits: { maxPending: 100, eventsPerFlush: 30 } })
  let most = 0
  for (let first = 0; first < 1000; first += 25) {
    engine.record(group(first, 25))
    most = Math.max(most, pending() ?? 0)
    expect((runs() ?? 0) + (pending() ?? 0)).toBe(first + 25)
  }
  expect(most).toBeLessThanOrEqual(100)
  expect(most).toBeGreaterThan(70)
  expect(engine.monitors()).toHaveLength(10)
  expect([runs(), pending()]).toEqual([1000, 0])
})

test('due events are flushed part by part, and the answer says what remains', async () => {
  const { db, runs } = await database()
  const engine = createEngine(db, { limits: { maxPending: 1000, eventsPerFlush: 1 } })
  expect(engine.flushDue(9)).toBe('none')
  engine.record(group(0, 20))
  expect(engine.flushDue(0)).toBe('recent')
  expect(runs()).toBe(0)
  expect(engine.flushDue(2)).toBe('due')
  expect(runs()).toBe(2)
  expect(engine.flushDue(2)).toBe('recent')
  expect(runs()).toBe(4)
  for (let more = 8; more > 1; more -= 1) expect(engine.flushDue(20)).toBe('due')
  expect(engine.flushDue(20)).toBe('none')
  expect(runs()).toBe(20)
})

test('a change of health is written in the transaction of its event', async () => {
  const { db, pending } = await database()
  const engine = createEngine(db)
  engine.record(packEvents([event('run', 0, { series: 'a' }), event('run', 0, { monitorKey: 'other' })]))
  expect(pending()).toBe(2)
  expect(engine.record(packEvents([event('fail', 1, { series: 'a' })]))).toMatchObject({
    healthChanged: true,
  })
  expect(pending()).toBe(1)
  expect(db.prepare('SELECT monitor_key, to_health, run FROM change').all()).toEqual([
    { monitor_key: 'job', to_health: 'failing', run: 1 },
  ])
  expect(db.prepare('SELECT end_state FROM run WHERE id = 1').all()).toEqual([{ end_state: 'failed' }])
})

test('on a full disk readers see the rows that were written before, and all rows once there is space', async () => {
  const { db } = await database()
  const engine = createEngine(db)
  engine.record(group(0, 40))
  expect(engine.runs({ limit: 1000 })).toHaveLength(40)
  engine.record(group(40, 460))
  const most = pragmaNumber(db, 'max_page_count')
  pragmaNumber(db, `max_page_count = ${pragmaNumber(db, 'page_count')}`)
  expect(() => engine.flushDue(500)).toThrow('full')
  for (let times = 0; times < 2; times += 1) {
    expect(engine.runs({ limit: 1000 })).toHaveLength(40)
    // A reader that continues at `next` misses no run.
    expect(engine.changedRuns({ after: 0, limit: 1000 })).toMatchObject({ runs: { length: 40 }, next: 40 })
    expect(engine.changedRuns({ after: 40, limit: 1000 })).toEqual({ runs: [], next: 40 })
    expect(engine.runsUpTo()).toBe(40)
  }
  pragmaNumber(db, `max_page_count = ${most}`)
  engine.flushDue(0)
  expect(engine.runs({ limit: 1000 })).toHaveLength(500)
  expect(engine.changedRuns({ after: 40, limit: 1000 })).toMatchObject({ runs: { length: 460 }, next: 500 })
  expect(engine.runsUpTo()).toBe(500)
})

test('while another program writes, readers see the rows that were written before, without waiting', async () => {
  const file = join(tempDir('store'), 'cronitor.db')
  const db = await openDatabase(file)
  const other = await openDatabase(file)
  onTestFinished(() => {
    other.close()
    db.close()
  })
  const engine = createEngine(db)
  engine.record(group(0, 10))
  other.exec('BEGIN IMMEDIATE')
  // What waits does so each time; a busy machine holds up some calls, and not five in a row for seconds.
  const shortestMs = (work: () => void) =>
    Math.min(
      ...Array.from({ length: 5 }, () => {
        const begun = performance.now()
        work()
        return performance.now() - begun
      }),
    )
  const limit = pragmaNumber(db, 'busy_timeout') / 2
  expect(shortestMs(() => expect(engine.monitors().at(0)?.recent).toEqual([]))).toBeLessThan(limit)
  expect(shortestMs(() => expect(() => engine.flushDue(10)).toThrow('locked'))).toBeLessThan(limit)
  other.exec('COMMIT')
  engine.flushDue(10)
  expect(engine.monitors().at(0)?.recent).toHaveLength(1)
})
