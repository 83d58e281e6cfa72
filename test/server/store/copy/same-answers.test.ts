import { join } from 'node:path'
import { expect, test } from 'vitest'
import { copyStore } from '../../../../src/server/store/copy/copy-store.ts'
import type { ReceivedEvent } from '../../../../src/server/store/event.ts'
import { openStoreInThread } from '../../../../src/server/store/open-store.ts'
import { findOlderThan } from '../../../../src/server/store/postgres/age-marks.ts'
import { readCursor } from '../../../../src/server/store/postgres/cursors.ts'
import type { Database } from '../../../../src/server/store/postgres/database.ts'
import { readNewest } from '../../../../src/server/store/postgres/newest.ts'
import { readChangedRuns } from '../../../../src/server/store/postgres/read-changed-runs.ts'
import { readChanges, readEvents } from '../../../../src/server/store/postgres/read-events.ts'
import { readMonitors } from '../../../../src/server/store/postgres/read-monitors.ts'
import { readRuns } from '../../../../src/server/store/postgres/read-runs.ts'
import { readTotals } from '../../../../src/server/store/postgres/read-totals.ts'
import type { Store } from '../../../../src/server/store/store.ts'
import '../../../support/needs-postgres.ts'
import { seededRandom, seedFrom } from '../../../support/seeded-random.ts'
import { cron, event, every, NOW } from '../support.ts'
import { dataFolder, sourceOf, targetDatabase } from './support.ts'

type Answers = Pick<
  Store,
  | 'events'
  | 'monitors'
  | 'runs'
  | 'changedRuns'
  | 'totals'
  | 'changes'
  | 'cursor'
  | 'newest'
  | 'newestOlderThan'
>

function answersOf({ read }: Database): Answers {
  return {
    events: page => read(queries => readEvents(queries, page)),
    monitors: query => read(queries => readMonitors(queries, query)),
    runs: query => read(queries => readRuns(queries, query)),
    changedRuns: page => read(queries => readChangedRuns(queries, page)),
    totals: range => read(queries => readTotals(queries, range)),
    changes: page => read(queries => readChanges(queries, page)),
    cursor: name => read(queries => readCursor(queries, name)),
    newest: () => read(readNewest),
    newestOlderThan: ageMs => read(queries => findOlderThan(queries, ageMs)),
  }
}

const SEED = seedFrom('TEST_COPY_SEED')

/** Monitors with and without environments and series, corrected ends, lost and open runs, odd texts. */
async function fill(store: Store): Promise<void> {
  const random = seededRandom(SEED)
  const oneOf = <Value>(...values: Value[]) => values[Math.floor(random() * values.length)] as Value
  await store.expect([
    { monitorKey: 'job-1', rule: every(60_000) },
    { monitorKey: 'job-2', env: 'production', rule: { maxMs: 5000 } },
    { monitorKey: 'never-*', rule: cron('0 * * * *') },
    { monitorKey: 'absent', rule: every(1000) },
  ])
  for (let at = 0; at < 500; at += 1) {
    const { receivedAt, ...each } = event(oneOf('run', 'complete', 'fail', 'ok'), at * oneOf(1, 7, 30))
    const rest: Partial<ReceivedEvent> = {
      monitorKey: oneOf('job-1', 'job-2', 'Job-3', 'jöb-4', 'never-5'),
      ...(random() < 0.5 && { env: oneOf('production', 'staging', 'ä"\\\n') }),
      ...(random() < 0.7 && { series: `s${Math.floor(random() * 30)}` }),
      ...(random() < 0.5 && { host: oneOf('a', 'b') }),
      ...(random() < 0.3 && {
        message: oneOf('fine', 'tab\t"quoted" \u0001\u007f\u2028 \u{1f600}', 'null\0byte'),
      }),
      ...(random() < 0.3 && { statusCode: oneOf(0, 1, -1, Number.MAX_SAFE_INTEGER) }),
      ...(random() < 0.2 && { stamp: (receivedAt - oneOf(0, 5000.25, 1e7)) / 1000 }),
      ...(random() < 0.2 && { metrics: [{ name: 'duration', value: oneOf(1e-7, 0.1, 1e21, 3) }] }),
    }
    await store.record({ ...each, receivedAt, ...rest })
    if (at === 200) await store.addRunningTime(1000)
    if (at === 400) await store.judgeHealth(NOW + 1e8)
  }
  await store.repeatBad(NOW + 2e8, 3_600_000)
  await store.addRunningTime(3_600_000)
  await store.setCursor('notify', 17)
  await store.setCursor('rélay:https://example.com', 3)
}

/** All pages of everything. */
async function everything(store: Answers) {
  const old = async (ageMs: number) => {
    const { event: newest, change } = await store.newestOlderThan(ageMs)
    return { newest, change }
  }
  const changedRuns = []
  for (let after = 0; ; ) {
    const page = await store.changedRuns({ after, limit: 97 })
    changedRuns.push(page)
    if (page.next === after) break
    after = page.next
  }
  const queries = [
    {},
    { env: 'production' },
    { env: '' },
    { monitorKey: 'job-1' },
    { monitorKey: 'jöb-4', env: 'staging' },
  ]
  const runs = []
  for (const query of queries) {
    for (let before: number | undefined = Number.MAX_SAFE_INTEGER; before !== undefined; ) {
      const page = await store.runs({ ...query, limit: 50, before })
      runs.push({ query, page })
      before = page.at(-1)?.id
    }
  }
  return {
    changedRuns,
    runs,
    events: [await store.events({ after: 0, limit: 1000 }), await store.events({ after: 1000, limit: 1000 })],
    changes: await store.changes({ after: 0, limit: 1000 }),
    monitors: [
      await store.monitors(),
      await store.monitors({ recent: 0 }),
      await store.monitors({ recent: 1, limit: 2 }),
      await store.monitors({ recent: 3, after: 'job-1', upTo: 'jöb-4' }),
      await store.monitors({ env: 'production', limit: 2 }),
      await store.monitors({ env: 'staging', keys: ['job-2', 'jöb-4', 'unknown', 'with\0nul'] }),
      await store.monitors({ keys: ['job-2', 'Job-3'] }),
      await store.monitors({ key: 'absent' }),
    ],
    totals: [await store.totals(), await store.totals({ after: 'a', upTo: 'job-2' })],
    cursors: [
      await store.cursor('notify'),
      await store.cursor('rélay:https://example.com'),
      await store.cursor('none'),
    ],
    newest: await store.newest(),
    old: [await old(0), await old(3_600_000), await old(1e9)],
  }
}

test(`a copied store gives the answers of the store on SQLite (TEST_COPY_SEED=${SEED})`, async () => {
  const folder = await dataFolder(fill)
  const sqlite = await openStoreInThread(join(folder, 'cronitor.db'), () => NOW)
  const expected = await everything(sqlite)
  await sqlite.close()
  const source = await sourceOf(folder)
  const target = await targetDatabase()
  const outcome = await copyStore({ source, target, onProgress: () => {} })
  expect(outcome.kind).toBe('copied')
  expect(await everything(answersOf(target))).toEqual(expected)
})
