import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ReceivedEvent } from '../../../../../src/server/store/event.ts'
import { openDatabase } from '../../../../../src/server/store/sqlite/database.ts'
import { createEngine } from '../../../../../src/server/store/sqlite/engine.ts'
import { createEngineStore } from '../../../../../src/server/store/sqlite/engine-store.ts'
import type { Sqlite } from '../../../../../src/server/store/sqlite/sqlite.ts'
import { createSameThreadEngine } from '../../../../../src/server/store/sqlite/thread/same-thread-engine.ts'
import type { Totals } from '../../../../../src/server/store/store.ts'
import { STATES } from '../../../../../src/telemetry/event.ts'
import { modelOf, stateOf } from '../../model.ts'
import { every, NOW } from '../../support.ts'

const byEnv = (a: { readonly env: string }, b: { readonly env: string }) =>
  a.env < b.env ? -1 : Number(a.env > b.env)

const optional = <Value>(...values: Value[]) => fc.constantFrom(undefined, ...values)

/** Few different values and times, so that events fall into the same runs. */
const anEvent = fc.record({
  monitorKey: fc.constantFrom('job', 'other'),
  state: fc.constantFrom(...STATES),
  series: optional('a', 'b', 'c'),
  env: optional('prod', 'test'),
  host: optional('one', 'two'),
  /** When it happened; undefined for an event that is sent at once. */
  minute: fc.option(fc.integer({ min: 0, max: 59 }), { nil: undefined }),
})

type Generated = typeof anEvent extends fc.Arbitrary<infer Value> ? Value : never

/** Four minutes between two events, so that a second end may come within ten minutes of the first, or later. */
function received({ minute, series, env, host, ...rest }: Generated, index: number) {
  return {
    ...rest,
    ...(minute !== undefined && { stamp: NOW / 1000 + minute * 60 }),
    ...(series !== undefined && { series }),
    ...(env !== undefined && { env }),
    ...(host !== undefined && { host }),
    receivedAt: NOW + 3600_000 + index * 240_000,
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
    const engine = createEngine(troubled, { limits: LIMITS })
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
      // Expected before its first event, which then gives it its environment.
      await troubled.store().expect([{ monitorKey: 'other', rule: every(1e12) }])
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
        // After a crash the environments of a monitor are written anew one by one: order counts within each of them.
        expect(
          stored
            .map(({ state, startedAt, endedAt, env = '', host, message }) => ({
              env,
              state,
              startedAt,
              endedAt,
              host,
              message,
            }))
            .toSorted(byEnv),
        ).toEqual(model.runs.map(({ id: _, ...run }) => run).toSorted(byEnv))
        const monitor = monitors.find(({ key }) => key === monitorKey)
        expect(monitor !== undefined).toBe(own.length > 0 || monitorKey === 'other')
        if (monitor === undefined || own.length === 0) continue
        expect(monitor.health).toBe(model.health)
        expect(monitor.state).toBe(stateOf(model))
        expect(
          monitor.environments.map(({ env, health, state, lastSuccessAt }) => [
            env,
            health,
            state,
            lastSuccessAt,
          ]),
        ).toEqual(model.environments.map(each => [each.env, each.health, stateOf(each), each.lastSuccessAt]))
        expect(monitor.recent.map(run => ({ ...run, message: undefined }))).toEqual(
          stored.slice(-30).map(run => ({ ...run, message: undefined })),
        )
        expect(monitor.recent.at(-1)).toEqual(stored.at(-1))
        for (const { env } of model.environments) {
          const runsInEnv = model.runs.filter(run => run.env === env)
          const counted = (counts: Totals['runs'], states: readonly string[]) =>
            counts
              .filter(
                each => each.monitorKey === monitorKey && each.env === env && states.includes(each.state),
              )
              .reduce((sum, { count }) => sum + count, 0)
          for (const state of ['running', 'lost']) {
            expect(counted(totals.runs, [state])).toBe(runsInEnv.filter(run => run.state === state).length)
          }
          expect(counted(totals.runs, ['complete', 'failed'])).toBe(
            runsInEnv.filter(({ endedAt }) => endedAt !== undefined).length,
          )
          for (const state of STATES) {
            expect(counted(totals.events, [state])).toBe(
              own.filter(
                (event, index) =>
                  event.state === state && (event.env ?? '') === env && model.recorded[index] === 'stored',
              ).length,
            )
          }
        }
        expect(
          all
            .filter(change => change.monitorKey === monitorKey)
            .map(({ env, from, to }) => ({ env, from, to })),
        ).toEqual(model.changes)
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
