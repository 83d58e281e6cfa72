import { expect, test } from 'vitest'
import {
  type QueueSource,
  queueNewEvents,
  refillQueues,
  requeue,
} from '../../../src/spool/drain/series-queue.ts'
import { seriesIdOf } from '../../../src/spool/event-file-name.ts'
import { putEvents } from '../../../src/spool/put-events.ts'
import type { Spool } from '../../../src/spool/spool.ts'
import { KEY_PRINT, NOW, spooledOf, spoolForTest } from '../support.ts'

function idOf(series: string): string {
  return seriesIdOf({ ...spooledOf('run').event, series }, KEY_PRINT)
}

function sourceFor(spool: Spool, skipped: readonly string[] = []): QueueSource {
  return {
    queues: new Map(),
    tools: { spool, key: KEY_PRINT, address: 'default' },
    skippedSeries: new Set(skipped.map(idOf)),
    signal: new AbortController().signal,
  }
}

/** `run` and `complete` of some series, each later than the one before. */
function eventsOf(...series: string[]) {
  return series.flatMap((name, index) => [
    spooledOf('run', { occurredAt: NOW + 10 * index }, { series: name }),
    spooledOf('complete', { occurredAt: NOW + 10 * index + 5 }, { series: name }),
  ])
}

test('there is a queue for each series, the one with the oldest event first, without skipped series', async () => {
  const spool = spoolForTest()
  await putEvents(spool, 'queue', eventsOf('a', 'b', 'c'))
  const source = sourceFor(spool, ['b'])
  await refillQueues(source)
  expect([...source.queues.keys()]).toEqual([idOf('a'), idOf('c')])
  const orders = source.queues.get(idOf('a'))?.files.map(({ order }) => order)
  expect(orders).toEqual(orders?.toSorted())
  expect(orders).toHaveLength(2)
})

test('new events are appended, each once', async () => {
  const spool = spoolForTest()
  await putEvents(spool, 'queue', eventsOf('a'))
  const source = sourceFor(spool)
  await refillQueues(source)
  await putEvents(spool, 'queue', [
    spooledOf('ok', {}, { series: 'a' }),
    spooledOf('ok', {}, { series: 'new' }),
  ])
  await queueNewEvents(source)
  await queueNewEvents(source)
  expect(source.queues.get(idOf('a'))?.files).toHaveLength(3)
  expect(source.queues.get(idOf('new'))?.files).toHaveLength(1)
})

test('a series that has failed keeps its failures and its wait when the queues are filled again', async () => {
  const spool = spoolForTest()
  await putEvents(spool, 'queue', eventsOf('a'))
  const source = sourceFor(spool)
  await refillQueues(source)
  Object.assign(source.queues.get(idOf('a')) ?? {}, { failures: 3, notBefore: 77 })
  await refillQueues(source)
  expect(source.queues.get(idOf('a'))).toMatchObject({ failures: 3, notBefore: 77, isSending: false })
})

test('after an attempt a series is behind the others, and gone if it is empty', async () => {
  const spool = spoolForTest()
  await putEvents(spool, 'queue', eventsOf('a', 'b'))
  const { queues, ...source } = sourceFor(spool)
  await refillQueues({ queues, ...source })
  const first = queues.get(idOf('a'))
  if (first === undefined) throw new Error('there is no such queue')
  requeue(queues, first)
  expect([...queues.keys()]).toEqual([idOf('b'), idOf('a')])
  first.files.length = 0
  requeue(queues, first)
  expect([...queues.keys()]).toEqual([idOf('b')])
})
