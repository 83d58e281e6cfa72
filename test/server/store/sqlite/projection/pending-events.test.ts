import { expect, test } from 'vitest'
import { createPendingEvents } from '../../../../../src/server/store/sqlite/projection/pending-events.ts'

const A = { id: 1, name: 'a' }
const B = { id: 2, name: 'b' }
const C = { id: 3, name: 'c' }

/** Monitors a, b and c with two, one and one pending events. */
function filled(eventsPerFlush = 2) {
  const pending = createPendingEvents({ maxPending: 100, eventsPerFlush })
  pending.add(A, 1)
  pending.add(B, 2)
  pending.add(A, 3)
  pending.add(C, 4)
  return pending
}

test('it counts the pending events, and knows the oldest of them', () => {
  const pending = filled()
  expect(pending.count()).toBe(4)
  expect(pending.oldestEvent()).toBe(1)
  expect(pending.names()).toEqual(['a', 'b', 'c'])
  expect(pending.remove(['a', 'unknown'])).toEqual([1])
  expect(pending.count()).toBe(2)
  expect(pending.oldestEvent()).toBe(2)
  pending.clear()
  expect(pending.count()).toBe(0)
  expect(pending.oldestEvent()).toBeUndefined()
  expect(pending.names()).toEqual([])
})

test.each([
  [1, ['a']],
  [2, ['a']],
  [3, ['a', 'b']],
  [4, ['a', 'b', 'c']],
  [9, ['a', 'b', 'c']],
])(
  'with %i events per flush the first names are %j: events of a monitor are not divided',
  (eventsPerFlush, keys) => {
    expect(filled(eventsPerFlush).nextNames()).toEqual(keys)
  },
)

test.each([
  [0, []],
  [1, ['a']],
  [2, ['a', 'b']],
  [3, ['a', 'b']],
  [4, ['a', 'b', 'c']],
])('up to event %i the first names are %j: a monitor is pending since its first event', (upTo, keys) => {
  expect(filled(9).nextNames(upTo)).toEqual(keys)
})

test('a removed monitor that gets a new event comes last', () => {
  const pending = filled()
  pending.remove(['a'])
  pending.add(A, 5)
  expect(pending.names()).toEqual(['b', 'c', 'a'])
})

test('names come in rounds by the ids of the monitors; later events are for the next round', () => {
  const pending = createPendingEvents({ maxPending: 100, eventsPerFlush: 1 })
  pending.add(C, 1)
  pending.add(B, 2)
  expect(pending.nextNames()).toEqual(['b'])
  pending.remove(['b'])
  pending.add(A, 3)
  expect(pending.nextNames()).toEqual(['c'])
  pending.remove(['c'])
  expect(pending.nextNames()).toEqual(['a'])
})

test('a name that was removed during a round is left out', () => {
  const pending = filled(1)
  expect(pending.nextNames()).toEqual(['a'])
  pending.remove(['a', 'b'])
  expect(pending.nextNames()).toEqual(['c'])
})
