import { expect, test } from 'vitest'
import { pickNext, type Waits } from '../../../src/spool/drain/pick-next.ts'
import type { SeriesQueue, SeriesQueues } from '../../../src/spool/drain/series-queue.ts'
import { formatEventFileName, parseEventFileName } from '../../../src/spool/event-file-name.ts'
import { KEY_PRINT } from '../support.ts'

/** A queue with one event of the monitor of the same number. */
function queueOf(number: number, more: Partial<SeriesQueue> = {}): SeriesQueue {
  const id = String(number).repeat(16)
  const name = parseEventFileName(formatEventFileName(number, id, KEY_PRINT, 1))
  if (name === undefined) throw new Error('no name of an event')
  return { id, files: [name], isSending: false, failures: 0, notBefore: 0, ...more }
}

function queuesOf(...queues: SeriesQueue[]): SeriesQueues {
  return new Map(queues.map(queue => [queue.id, queue]))
}

const NO_WAITS: Waits = { now: 1000, addressMs: 0, monitorMs: () => 0 }

test('the first series that is not being sent is next', () => {
  const [sending, free, other] = [queueOf(1, { isSending: true }), queueOf(2), queueOf(3)]
  expect(pickNext(queuesOf(sending, free, other), NO_WAITS)).toEqual({ kind: 'send', queue: free })
})

test('a series that backs off, or whose monitor is at its limit, is passed over', () => {
  const [failed, limited, free] = [queueOf(1, { notBefore: 1500 }), queueOf(2), queueOf(3)]
  const monitorMs = (monitorId: string) => (monitorId === '22222222' ? 300 : 0)
  expect(pickNext(queuesOf(failed, limited, free), { ...NO_WAITS, monitorMs })).toEqual({
    kind: 'send',
    queue: free,
  })
  expect(pickNext(queuesOf(failed, limited), { ...NO_WAITS, monitorMs })).toEqual({ kind: 'wait', ms: 300 })
})

test('all series wait as long as the API asks for', () => {
  const queues = queuesOf(queueOf(1, { notBefore: 9000 }), queueOf(2), queueOf(3))
  expect(pickNext(queues, { ...NO_WAITS, addressMs: 700 })).toEqual({ kind: 'wait', ms: 700 })
})

test('if every series is being sent, there is no time to wait for', () => {
  const queues = queuesOf(queueOf(1, { isSending: true }))
  expect(pickNext(queues, NO_WAITS)).toEqual({ kind: 'wait', ms: Number.POSITIVE_INFINITY })
})
