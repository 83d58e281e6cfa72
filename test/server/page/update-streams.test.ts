import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createMonitorCache } from '../../../src/server/page/monitor-cache.ts'
import type { PageContent } from '../../../src/server/page/page-content.ts'
import type { Update } from '../../../src/server/page/update-message.ts'
import type { About, ReadContent, StreamResponse } from '../../../src/server/page/update-stream.ts'
import {
  createUpdateStreams,
  HEARTBEAT_MS,
  MAX_STREAM_AGE_MS,
  MAX_STREAMS,
  MIN_PACE_MS,
  STALL_MS,
} from '../../../src/server/page/update-streams.ts'
import { createTurns } from '../../../src/system/turns.ts'
import { timersOf } from '../../support/timers-of.ts'
import { event, NOW, testStore } from '../store/support.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** What a browser would get; takes nothing while it is `stalled`. */
class Reader extends EventEmitter {
  text = ''
  stalled = false
  ended: string | undefined
  write(text: string): boolean {
    this.text += text
    return !this.stalled
  }
  end(): this {
    this.ended ??= 'end'
    this.emit('close')
    return this
  }
  destroy(): this {
    this.ended ??= 'destroyed'
    this.emit('close')
    return this
  }
  updates(): (Update & { id: string })[] {
    return [...this.text.matchAll(/^id: (.*)\ndata: (.*)\n\n/gm)].map(([, id, data]) => ({
      ...JSON.parse(data ?? ''),
      id,
    }))
  }
  get response(): StreamResponse {
    return this as unknown as StreamResponse
  }
}

const source: ReadContent = async ({ entries }): Promise<PageContent> => ({
  title: 'Monitors',
  parts: {},
  rows: entries.map(({ monitor, revision }) => ({
    id: monitor.key,
    revision,
    version: String(revision),
    markup: () => `<tr>${monitor.key} ${monitor.state}</tr>`,
  })),
})

async function scene() {
  const store = await testStore()
  const cache = createMonitorCache({ store, inTurn: createTurns(), clock: () => NOW })
  const closing = new AbortController()
  const streams = createUpdateStreams({ cache, closing: closing.signal, boot: 'boot' })
  const open = async (lastId?: string, about: About = {}, canStillRead = () => true) => {
    const reader = new Reader()
    streams.open(reader.response, source, { lastId, about, canStillRead })
    await turns()
    return reader
  }
  let second = 0
  const record = async (
    monitorKey: string,
    state: 'run' | 'complete' | 'fail' | 'ok' = 'ok',
    env?: string,
  ) => {
    second += 1
    await store.record(event(state, second, { monitorKey, series: `s${second}`, ...(env && { env }) }))
  }
  return { store, cache, closing, streams, open, record }
}

/** Lets promises go on that wait for nothing but each other and the store. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(resolve => setImmediate(resolve))
}

async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms)
  await turns()
}

test('a reader gets the current content, and then each change once', async () => {
  const { open, record } = await scene()
  await record('a')
  const reader = await open()
  expect(reader.updates()).toMatchObject([
    { id: 'boot.1', order: ['a'], rows: [['a', '<tr>a healthy</tr>']] },
  ])
  await record('b', 'fail')
  await pass(MIN_PACE_MS)
  expect(reader.updates()[1]).toMatchObject({ id: 'boot.2', rows: [['b', '<tr>b failing</tr>']] })
  await pass(10 * MIN_PACE_MS)
  expect(reader.updates()).toHaveLength(2)
})

test('a flood of events causes four updates a second', async () => {
  const { open, record } = await scene()
  const reader = await open()
  const before = reader.updates().length
  for (let step = 0; step < 20; step += 1) {
    for (let count = 0; count < 10; count += 1) await record(`m${count}`)
    await pass(MIN_PACE_MS / 5)
  }
  await pass(MIN_PACE_MS)
  const sent = reader.updates().length - before
  expect(sent).toBeGreaterThan(1)
  expect(sent).toBeLessThanOrEqual(6)
})

test('a reader that reconnects with its last id gets only what is new', async () => {
  const { open, record } = await scene()
  await record('a')
  const first = await open()
  await record('b')
  await pass(MIN_PACE_MS)
  const again = await open(first.updates()[0]?.id)
  expect(again.updates()).toMatchObject([{ order: ['a', 'b'], rows: [['b', '<tr>b healthy</tr>']] }])
  const current = await open(first.updates()[1]?.id)
  expect(current.updates()).toEqual([])
})

test.each(['other-boot.1', 'boot.999', 'boot.x', ''])('an id that is not of here, %j, is none', async id => {
  const { open, record } = await scene()
  await record('a')
  expect((await open(id)).updates()).toMatchObject([{ rows: [['a', '<tr>a healthy</tr>']] }])
})

test('a change of health is announced; other events are not', async () => {
  const { open, record } = await scene()
  await record('a')
  const [all, about] = [await open(), await open(undefined, { monitorKey: 'b' })]
  await record('a', 'complete')
  await pass(MIN_PACE_MS)
  expect(all.updates().at(-1)?.say).toBeUndefined()
  await record('a', 'fail')
  await pass(MIN_PACE_MS)
  expect(all.updates().at(-1)?.say).toBe('a is failing.')
  expect(about.updates().some(({ say }) => say !== undefined)).toBe(false)
})

test('a reader of one environment hears of that environment alone', async () => {
  const { open, record } = await scene()
  await record('a', 'ok', 'production')
  const [production, staging] = [
    await open(undefined, { env: 'production' }),
    await open(undefined, { env: 'staging' }),
  ]
  await record('a', 'fail', 'production')
  await pass(MIN_PACE_MS)
  expect(production.updates().at(-1)?.say).toBe('a is failing in production.')
  expect(staging.updates().some(({ say }) => say !== undefined)).toBe(false)
})

test('nothing piles up for a reader that does not read, and it catches up when it reads again', async () => {
  const { open, record } = await scene()
  const reader = await open()
  reader.stalled = true
  await record('a')
  await pass(MIN_PACE_MS)
  const length = reader.text.length
  for (const key of ['b', 'c', 'd']) {
    await record(key)
    await pass(MIN_PACE_MS)
  }
  expect(reader.text.length).toBe(length)
  reader.stalled = false
  reader.emit('drain')
  await pass(MIN_PACE_MS)
  expect(reader.updates().at(-1)?.order).toEqual(['a', 'b', 'c', 'd'])
})

test('a reader that reads nothing for long is disconnected', async () => {
  const { open, record, streams } = await scene()
  const [stalled, other] = [await open(), await open()]
  stalled.stalled = true
  await record('a')
  await pass(STALL_MS + 2 * HEARTBEAT_MS)
  expect(stalled.ended).toBe('destroyed')
  expect(other.ended).toBeUndefined()
  expect(streams.size()).toBe(1)
})

test('a quiet stream is kept alive, and ends after a while, so that access is checked again', async () => {
  const { open, streams } = await scene()
  const timers = timersOf('update-streams.ts')
  const reader = await open()
  expect(timers()).toBe(1)
  await pass(HEARTBEAT_MS)
  expect(reader.text.endsWith(':\n\n')).toBe(true)
  await pass(MAX_STREAM_AGE_MS)
  expect(reader.ended).toBe('end')
  expect(streams.size()).toBe(0)
  expect(timers()).toBe(0)
})

test('a reader that lost its access gets nothing more, and its stream ends', async () => {
  const { open, record } = await scene()
  let may = true
  const reader = await open(undefined, undefined, () => may)
  const other = await open()
  await record('a')
  await pass(MIN_PACE_MS)
  expect(reader.updates().at(-1)?.order).toEqual(['a'])
  may = false
  await record('b')
  await pass(10 * MIN_PACE_MS)
  expect(reader.updates().at(-1)?.order).toEqual(['a'])
  expect(reader.ended).toBeDefined()
  expect(other.updates().at(-1)?.order).toEqual(['a', 'b'])
  expect(other.ended).toBeUndefined()
})

test('the number of streams is bounded, and there are none while the server ends', async () => {
  const { open, streams, closing } = await scene()
  const timers = timersOf('update-streams.ts')
  const readers = []
  for (let count = 0; count < MAX_STREAMS; count += 1) {
    expect(streams.isFull()).toBe(false)
    readers.push(await open())
  }
  expect(streams.isFull()).toBe(true)
  expect(timers()).toBe(1)
  readers[0]?.destroy()
  expect(streams.isFull()).toBe(false)
  closing.abort()
  expect(streams.isFull()).toBe(true)
  expect(readers.every(({ ended }) => ended !== undefined)).toBe(true)
  expect(timers()).toBe(0)
})

test('one failed read of the store does not end a stream', async () => {
  const { store, open, record, cache } = await scene()
  const reader = await open()
  await record('a')
  const read = vi.spyOn(cache, 'read').mockRejectedValueOnce(new Error('disk I/O error'))
  await pass(MIN_PACE_MS)
  expect(read).toHaveBeenCalledTimes(1)
  expect(reader.ended).toBeUndefined()
  await pass(10_000)
  expect(reader.updates().at(-1)?.order).toEqual(['a'])
  await store.close()
})
