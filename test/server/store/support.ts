/** Stores and events for tests. */

import { join } from 'node:path'
import { afterEach } from 'vitest'
import type { Rule } from '../../../src/server/monitors/rule.ts'
import type { ReceivedEvent } from '../../../src/server/store/event.ts'
import { openStoreInThread } from '../../../src/server/store/open-store.ts'
import { parseDatabaseAddress } from '../../../src/server/store/postgres/database-address.ts'
import { openPostgresStore } from '../../../src/server/store/postgres/open-postgres.ts'
import type { Store } from '../../../src/server/store/store.ts'
import { emptySchema } from '../../support/postgres.ts'
import { tempDir } from '../../support/temp.ts'

/** vitest's project `postgres` runs the tests of this folder once more, on PostgreSQL. */
export const isPostgres = process.env.TEST_STORE === 'postgres'

const opened: Store[] = []

afterEach(async () => {
  await Promise.all(opened.splice(0).map(store => store.close()))
})

/** An empty place for a store that is opened more than once: the name of a file, or the URL of a schema. */
export async function newPlace(): Promise<string> {
  return isPostgres ? await emptySchema() : join(tempDir('store'), 'cronitor.db')
}

interface TestStoreOptions {
  /** Default: a new one, for SQLite in memory. */
  readonly place?: string
  /** The wall clock. Default: it stands still at NOW. */
  readonly clock?: () => number
  readonly maxMonitors?: number
}

async function openPostgres(
  url: string,
  wallClock: () => number,
  maxMonitors: number | undefined,
): Promise<Store> {
  const parsed = parseDatabaseAddress(url, {})
  if (!parsed.ok) throw new Error(`the URL ${parsed.problem}`)
  // One after the other, the stores of a test are one server that was started again.
  return openPostgresStore({ address: parsed.address, now: wallClock, maxMonitors, server: 'test' })
}

/** Closed after the test. */
export async function testStore(options: TestStoreOptions = {}): Promise<Store> {
  const { clock = () => NOW, maxMonitors } = options
  const store = isPostgres
    ? await openPostgres(options.place ?? (await emptySchema()), clock, maxMonitors)
    : await openStoreInThread(options.place ?? ':memory:', clock, maxMonitors)
  opened.push(store)
  return store
}

/** 2026-01-01 00:00 UTC. */
export const NOW = 1_767_225_600_000

export function event(
  state: ReceivedEvent['state'],
  seconds: number,
  rest: Partial<ReceivedEvent> = {},
): ReceivedEvent {
  return { receivedAt: NOW + seconds * 1000, monitorKey: 'job', state, metrics: [], ...rest }
}

export async function recordAll(store: Store, events: readonly ReceivedEvent[]): Promise<void> {
  for (const each of events) await store.record(each)
}

/** It must succeed at least this often, in milliseconds. */
export function every(everyMs: number): Rule {
  return { schedule: { kind: 'every', everyMs } }
}

/** It must start at the times of a cron expression, in UTC. */
export function cron(expression: string, rest: Omit<Rule, 'schedule'> = {}, zone = 'UTC'): Rule {
  return { schedule: { kind: 'cron', expression, zone }, ...rest }
}
