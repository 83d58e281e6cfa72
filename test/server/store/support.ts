/** Stores and events for tests. */

import { afterEach } from 'vitest'
import type { Rule } from '../../../src/server/monitors/rule.ts'
import type { ReceivedEvent } from '../../../src/server/store/event.ts'
import { openStoreInThread } from '../../../src/server/store/open-store.ts'
import type { Store } from '../../../src/server/store/store.ts'

const opened: Store[] = []

afterEach(async () => {
  await Promise.all(opened.splice(0).map(store => store.close()))
})

/** In memory unless a file is given; closed after the test. `clock` is the wall clock. */
export async function testStore(file = ':memory:', clock: () => number = () => NOW): Promise<Store> {
  const store = await openStoreInThread(file, clock)
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
