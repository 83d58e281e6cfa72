import { expect, test } from 'vitest'
import type { ReceivedEvent } from '../../src/collector/event.ts'
import { createStore } from '../../src/collector/store.ts'

const event = (receivedAt: number): ReceivedEvent => ({
  receivedAt,
  monitorKey: 'job',
  state: 'run',
  metrics: [],
})

test('the last events are kept, oldest first, and each is told of once', () => {
  const told: number[] = []
  const store = createStore(({ receivedAt }) => told.push(receivedAt), 3)
  expect(store.events()).toEqual([])
  for (let at = 1; at <= 8; at += 1) store.record(event(at))
  expect(store.events().map(({ receivedAt }) => receivedAt)).toEqual([6, 7, 8])
  expect(told).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
})
