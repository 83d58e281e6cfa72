/** Generated events, and whether a store has made of them what the model makes (model.ts). */

import fc from 'fast-check'
import { expect } from 'vitest'
import type { ReceivedEvent } from '../../../src/server/store/event.ts'
import type { Store, Totals } from '../../../src/server/store/store.ts'
import { STATES } from '../../../src/telemetry/event.ts'
import { modelOf, stateOf } from './model.ts'
import { NOW } from './support.ts'

const byEnv = (a: { readonly env: string }, b: { readonly env: string }) =>
  a.env < b.env ? -1 : Number(a.env > b.env)

const optional = <Value>(...values: Value[]) => fc.constantFrom(undefined, ...values)

/** Few different values and times, so that events fall into the same runs. */
export const anEvent = fc.record({
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
export function received({ minute, series, env, host, ...rest }: Generated, index: number) {
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

/** `kinds` are the answers to the events; `other` was expected before its first one. Resolves with the number of changes. */
export async function expectModel(
  store: Store,
  events: readonly ReceivedEvent[],
  kinds: readonly string[],
): Promise<number> {
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
          .filter(each => each.monitorKey === monitorKey && each.env === env && states.includes(each.state))
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
      all.filter(change => change.monitorKey === monitorKey).map(({ env, from, to }) => ({ env, from, to })),
    ).toEqual(model.changes)
  }
  return all.length
}
