import { expect, test } from 'vitest'
import { startPruning } from '../../../src/commands/serve/start-pruning.ts'
import type { Store } from '../../../src/server/store/store.ts'
import { event, NOW, newPlace, testStore } from './support.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const RETAIN = 90 * DAY

/** Pruning that is under way, and how to wait for its end. */
function followed(store: Store) {
  const calls = new Set<Promise<unknown>>()
  const follow = <Result>(call: Promise<Result>): Promise<Result> => {
    const ended = call.finally(() => calls.delete(ended))
    calls.add(ended)
    return ended
  }
  const settle = async () => {
    do {
      await Promise.allSettled(calls)
      // The next call follows the end of the one before it.
      await new Promise(resolve => setImmediate(resolve))
    } while (calls.size > 0)
  }
  return {
    settle,
    addRunningTime: (ranMs: number) => follow(store.addRunningTime(ranMs)),
    prune: (retainMs: number) => follow(store.prune(retainMs)),
  }
}

/** A host whose wall clock can be set, and servers that run on it with `--retain 90d`. */
function host() {
  const place = newPlace()
  const clocks = { wall: NOW, monotonic: 0 }
  const warnings: string[] = []
  const server = async () => {
    const store = await testStore({ place: await place, clock: () => clocks.wall })
    let tick = () => {}
    const { settle, ...pruned } = followed(store)
    const pruning = startPruning({
      store: pruned,
      retainMs: RETAIN,
      warn: text => warnings.push(text),
      clock: () => clocks.monotonic,
      every: work => {
        tick = work
        return () => {}
      },
    })
    await settle()
    return {
      store,
      /** The hours pass as they do for a server that runs. */
      run: async (ms: number, stepMs = 12 * HOUR) => {
        for (let ran = 0; ran < ms; ran += stepMs) {
          clocks.wall += stepMs
          clocks.monotonic += stepMs
          tick()
          await settle()
        }
      },
      receive: (series: string) =>
        store.record({ ...event('complete', 0, { series }), receivedAt: clocks.wall }),
      end: async () => {
        await pruning.close()
        await store.close()
      },
    }
  }
  return { clocks, server, warnings }
}

async function seriesIn(store: Store): Promise<(string | undefined)[]> {
  const events = await store.events({ after: 0, limit: 100 })
  const runs = await store.runs({ limit: 100 })
  const series = events.map(each => each.series)
  expect(runs.map(run => run.series).toReversed()).toEqual(series)
  return series
}

test('events are removed after the time of --retain', async () => {
  const { server } = host()
  const { store, run, receive, end } = await server()
  await receive('a')
  await run(10 * DAY)
  await receive('b')
  await run(79 * DAY)
  expect(await seriesIn(store)).toEqual(['a', 'b'])
  await run(2 * DAY)
  expect(await seriesIn(store)).toEqual(['b'])
  await run(10 * DAY)
  expect(await seriesIn(store)).toEqual([])
  await end()
})

test('the time of several servers counts', async () => {
  const { server } = host()
  const first = await server()
  await first.receive('a')
  await first.run(50 * DAY)
  await first.end()
  const second = await server()
  await second.run(41 * DAY)
  expect(await seriesIn(second.store)).toEqual([])
  await second.end()
})

test.each([
  ['a clock that is 100 days ahead at the start', 100 * DAY],
  ['a server that was off for 100 days', 100 * DAY],
  ['a clock that starts in 1970', -NOW],
])('%s removes nothing, nor does setting it right', async (_, jump) => {
  const { clocks, server, warnings } = host()
  const first = await server()
  await first.receive('a')
  await first.run(10 * DAY)
  await first.end()
  clocks.wall += jump
  const second = await server()
  await second.receive('b')
  await second.run(2 * DAY)
  expect(await seriesIn(second.store)).toEqual(['a', 'b'])
  clocks.wall -= jump
  await second.run(2 * DAY)
  expect(await seriesIn(second.store)).toEqual(['a', 'b'])
  await second.end()
  expect(warnings).toEqual([])
})

test.each([
  ['forward', 100 * DAY],
  ['back', -100 * DAY],
])(
  'a clock that jumps %s while the server runs removes nothing, and events go when they are due',
  async (_, jump) => {
    const { clocks, server } = host()
    const { store, run, receive, end } = await server()
    await receive('before')
    await run(DAY)
    clocks.wall += jump
    await receive('wrong')
    await run(DAY)
    clocks.wall -= jump
    await receive('after')
    await run(86 * DAY)
    expect(await seriesIn(store)).toEqual(['before', 'wrong', 'after'])
    await run(2.5 * DAY)
    expect(await seriesIn(store)).toEqual(['wrong', 'after'])
    await run(3 * DAY)
    expect(await seriesIn(store)).toEqual([])
    await end()
  },
)

test('history from before the first mark counts from the first start', async () => {
  const { server } = host()
  const store = await testStore()
  await store.record(event('complete', -1000 * 86_400))
  await store.addRunningTime(0)
  expect(await store.prune(RETAIN)).toBe(0)
  await store.addRunningTime(RETAIN)
  expect(await store.prune(RETAIN)).toBe(1)
  const empty = await server()
  await empty.run(100 * DAY)
  expect(await seriesIn(empty.store)).toEqual([])
  await empty.end()
})

test('a shorter --retain removes what is older', async () => {
  const { server } = host()
  const { store, run, receive, end } = await server()
  await receive('a')
  await run(10 * DAY)
  await receive('b')
  await run(DAY)
  expect(await store.prune(5 * DAY)).toBe(1)
  expect(await seriesIn(store)).toEqual(['b'])
  await end()
})

test('a run is as old as its last event', async () => {
  const store = await testStore()
  await store.record(event('run', 0, { series: 'long' }))
  await store.record(event('run', 1, { series: 'lost' }))
  await store.addRunningTime(0)
  await store.record(event('complete', 2, { series: 'long' }))
  expect(await store.prune(0)).toBe(2)
  expect((await store.runs({ limit: 10 })).map(({ series }) => series)).toContain('long')
  await store.addRunningTime(0)
  await store.prune(0)
  expect((await store.runs({ limit: 10 })).map(({ series }) => series)).not.toContain('long')
})
