import { expect, test } from 'vitest'
import { createUnwritten } from '../../../../../src/server/store/sqlite/projection/unwritten.ts'

const A = { id: 1, key: 'a' }
const B = { id: 2, key: 'b' }
const C = { id: 3, key: 'c' }

/** Monitors a, b and c with two, one and one events. */
function filled(writtenAtOnce = 2) {
  const unwritten = createUnwritten({ mostUnwritten: 100, writtenAtOnce })
  unwritten.add(A, 1)
  unwritten.add(B, 2)
  unwritten.add(A, 3)
  unwritten.add(C, 4)
  return unwritten
}

test('it knows how many events wait, and the first of them', () => {
  const unwritten = filled()
  expect(unwritten.events()).toBe(4)
  expect(unwritten.first()).toBe(1)
  expect(unwritten.all()).toEqual(['a', 'b', 'c'])
  expect(unwritten.remove(['a', 'unknown'])).toEqual([1])
  expect(unwritten.events()).toBe(2)
  expect(unwritten.first()).toBe(2)
  unwritten.clear()
  expect(unwritten.events()).toBe(0)
  expect(unwritten.first()).toBeUndefined()
  expect(unwritten.all()).toEqual([])
})

test.each([
  [1, ['a']],
  [2, ['a']],
  [3, ['a', 'b']],
  [4, ['a', 'b', 'c']],
  [9, ['a', 'b', 'c']],
])('of %i events at once the oldest are %j: a monitor with all of its own', (writtenAtOnce, keys) => {
  expect(filled(writtenAtOnce).oldest()).toEqual(keys)
})

test.each([
  [0, []],
  [1, ['a']],
  [2, ['a', 'b']],
  [3, ['a', 'b']],
  [4, ['a', 'b', 'c']],
])('up to event %i the oldest are %j: a monitor waits since its first', (upTo, keys) => {
  expect(filled(9).oldest(upTo)).toEqual(keys)
})

test('a monitor that was written waits behind the others again', () => {
  const unwritten = filled()
  unwritten.remove(['a'])
  unwritten.add(A, 5)
  expect(unwritten.all()).toEqual(['b', 'c', 'a'])
})
