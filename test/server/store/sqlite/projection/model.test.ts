import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openDatabase } from '../../../../../src/server/store/sqlite/database.ts'
import { createEngine } from '../../../../../src/server/store/sqlite/engine.ts'
import { createEngineStore } from '../../../../../src/server/store/sqlite/engine-store.ts'
import type { Sqlite } from '../../../../../src/server/store/sqlite/sqlite.ts'
import { createSameThreadEngine } from '../../../../../src/server/store/sqlite/thread/same-thread-engine.ts'
import { anEvent, expectModel, received } from '../../expect-model.ts'
import { every, NOW } from '../../support.ts'

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

      const changes = await expectModel(store, events, kinds)
      expect(troubled.changes() > 0).toBe(changes > 0)
      await store.close()
    }),
    {
      // Each run takes 50 ms. After a change of the projection: TEST_RUNS=2000.
      numRuns: Number(process.env.TEST_RUNS || 60),
    },
  )
})
