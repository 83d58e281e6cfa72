import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ReceivedEvent } from '../../../../../src/server/store/event.ts'
import { openDatabase } from '../../../../../src/server/store/sqlite/database.ts'
import { createEngine } from '../../../../../src/server/store/sqlite/engine.ts'
import { createEngineStore } from '../../../../../src/server/store/sqlite/engine-store.ts'
import type { Sqlite } from '../../../../../src/server/store/sqlite/sqlite.ts'
import { createSameThreadEngine } from '../../../../../src/server/store/sqlite/thread/same-thread-engine.ts'
import { STATES } from '../../../../../src/telemetry/event.ts'
import { modelOf } from '../../model.ts'
import { NOW } from '../../support.ts'

const optional = <Value>(...values: Value[]) => fc.constantFrom(undefined, ...values)

/** Few different values and times, so that events fall into the same runs. */
const anEvent = fc.record({
  monitorKey: fc.constantFrom('job', 'other'),
  state: fc.constantFrom(...STATES),
  series: optional('a', 'b', 'c'),
  env: optional('prod', 'test'),
  host: optional('one', 'two'),
  second: fc.integer({ min: 0, max: 20 }),
})

type Generated = typeof anEvent extends fc.Arbitrary<infer Value> ? Value : never

function received({ second, series, env, host, ...rest }: Generated, index: number) {
  return {
    ...rest,
    ...(series !== undefined && { series }),
    ...(env !== undefined && { env }),
    ...(host !== undefined && { host }),
    receivedAt: NOW + 60_000 + index,
    stamp: NOW / 1000 + second,
    metrics: [],
    message: `event ${index}`,
  } satisfies ReceivedEvent
}

/** What happens after a group. A crash leaves the committed rows, and clears the memory. */
const AFTERWARDS = ['nothing', 'nothing', 'a crash', 'a partial flush', 'a read of all'] as const

const aGroup = fc.record({
  events: fc.array(anEvent, { maxLength: 8 }),
  isCommitted: fc.constantFrom(true, true, true, false),
  afterwards: fc.constantFrom(...AFTERWARDS),
})

/** So low that a few groups suffice for rows to become pending, and to be flushed. */
const LIMITS = { maxPending: 12, eventsPerFlush: 3 }

/** A store that can crash, and whose commits can fail. It has no flush timer: the test flushes. */
async function troubledStore() {
  const db = await openDatabase(':memory:')
  let isFull = false
  const troubled: Sqlite = {
    prepare: sql => db.prepare(sql),
    close: () => db.close(),
    exec: sql => {
      if (sql === 'COMMIT' && isFull) throw new Error('the disk is full')
      db.exec(sql)
    },
  }
  let changes = 0
  const open = () => {
    const engine = createEngine(troubled, LIMITS)
    const store = createEngineStore(
      { ...createSameThreadEngine(engine), flushDue: async () => 'none' },
      () => NOW,
    )
    store.onStored(({ healthChanged }) => {
      if (healthChanged) changes += 1
    })
    return { engine, store }
  }
  let life = open()
  return {
    store: () => life.store,
    changes: () => changes,
    setFull: (to: boolean) => {
      isFull = to
    },
    flushSome: (due: number) => life.engine.flushDue(due),
    crash: () => {
      life = open()
    },
  }
}

test('runs and health are those of the model, for any order and grouping of events and any crash between', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(aGroup, { maxLength: 12 }), async groups => {
      const troubled = await troubledStore()
      const events: ReturnType<typeof received>[] = []
      const kinds: string[] = []
      let sent = 0
      for (const { events: generated, isCommitted, afterwards } of groups) {
        const group = generated.map((each, index) => received(each, sent + index))
        sent += group.length
        troubled.setFull(!isCommitted)
        const answers = await Promise.allSettled(group.map(event => troubled.store().record(event)))
        troubled.setFull(false)
        for (const [index, answer] of answers.entries()) {
          expect(answer.status).toBe(isCommitted ? 'fulfilled' : 'rejected')
          if (answer.status === 'rejected') continue
          events.push(...group.slice(index, index + 1))
          kinds.push(answer.value.kind)
        }
        switch (afterwards) {
          case 'nothing':
            break
          case 'a crash':
            troubled.crash()
            break
          case 'a partial flush':
            troubled.flushSome(sent - 4)
            break
          case 'a read of all':
            await troubled.store().monitors()
            break
        }
      }
      const store = troubled.store()

      const monitors = await store.monitors()
      const runs = await store.runs({ limit: 1000 })
      const all = await store.changes({ after: 0, limit: 1000 })
      const totals = await store.totals()
      for (const monitorKey of ['job', 'other']) {
        const own = events.filter(event => event.monitorKey === monitorKey)
        const model = modelOf(own)
        expect(kinds.filter((_, index) => events[index]?.monitorKey === monitorKey)).toEqual(model.recorded)
        const stored = runs.filter(run => run.monitorKey === monitorKey).toReversed()
        expect(
          stored.map(({ state, startedAt, endedAt, env, host, message }, index) => ({
            id: index + 1,
            state,
            startedAt,
            endedAt,
            env,
            host,
            message,
          })),
        ).toEqual(model.runs)
        const monitor = monitors.find(({ key }) => key === monitorKey)
        expect(monitor !== undefined).toBe(own.length > 0)
        if (monitor === undefined) continue
        expect(monitor.health).toBe(model.health)
        expect(monitor.lastSuccessAt).toBe(model.lastSuccessAt)
        const isRunning = model.runs.some(({ state }) => state === 'running')
        const isHealthy = model.health === 'healthy'
        expect(monitor.state).toBe(
          model.health === 'failing' ? 'failing' : isRunning ? 'running' : isHealthy ? 'healthy' : 'quiet',
        )
        expect(monitor.recent.map(run => ({ ...run, message: undefined }))).toEqual(
          stored.slice(-30).map(run => ({ ...run, message: undefined })),
        )
        expect(monitor.recent.at(-1)).toEqual(stored.at(-1))
        expect(monitor.envs).toEqual([...new Set(model.runs.flatMap(({ env }) => env ?? []))].toSorted())
        for (const state of ['running', 'lost']) {
          const counted = totals.runs.find(each => each.monitorKey === monitorKey && each.state === state)
          expect(counted?.count).toBe(model.runs.filter(run => run.state === state).length)
        }
        const ended = totals.runs.filter(
          each => each.monitorKey === monitorKey && ['complete', 'failed'].includes(each.state),
        )
        expect(ended.reduce((sum, { count }) => sum + count, 0)).toBe(
          model.runs.filter(({ endedAt }) => endedAt !== undefined).length,
        )
        for (const { state, count } of totals.events.filter(each => each.monitorKey === monitorKey)) {
          expect(count).toBe(
            own.filter((event, index) => event.state === state && model.recorded[index] === 'stored').length,
          )
        }

        // Each change starts at the health that the last one led to; a first success is no change.
        const chain = all.filter(change => change.monitorKey === monitorKey)
        const first = chain[0]
        if (first === undefined) expect(['unknown', 'healthy']).toContain(model.health)
        else expect(['unknown', 'healthy']).toContain(first.from)
        expect(chain.slice(1).map(({ from }) => from)).toEqual(chain.slice(0, -1).map(({ to }) => to))
        expect(chain.every(({ from, to }) => from !== to)).toBe(true)
        if (first !== undefined) expect(chain.at(-1)?.to).toBe(model.health)
      }
      expect(troubled.changes() > 0).toBe(all.length > 0)
      await store.close()
    }),
    {
      // Each run takes 50 ms. After a change of the projection: TEST_RUNS=2000.
      numRuns: Number(process.env.TEST_RUNS || 60),
    },
  )
})
