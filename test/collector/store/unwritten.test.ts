import { expect, test } from 'vitest'
import { createUnwritten } from '../../../src/collector/store/unwritten.ts'

const A = { id: 1, key: 'a' }
const B = { id: 2, key: 'b' }
const C = { id: 3, key: 'c' }

/** Monitors a, b and c with two, one and one events, received at 10, 20, 30 and 40. */
function filled(writtenAtOnce = 2) {
  const unwritten = createUnwritten({ mostUnwritten: 100, writtenAtOnce })
  unwritten.add(A, 1, 10)
  unwritten.add(B, 2, 20)
  unwritten.add(A, 3, 30)
  unwritten.add(C, 4, 40)
  return unwritten
}

test('it knows how many events wait, and the first of them', () => {
  const unwritten = filled()
  expect(unwritten.events()).toBe(4)
  expect(unwritten.first()).toMatchObject({ first: 1, since: 10 })
  expect(unwritten.all()).toEqual(['a', 'b', 'c'])
  expect(unwritten.remove(['a', 'unknown'])).toEqual([1])
  expect(unwritten.events()).toBe(2)
  expect(unwritten.first()).toMatchObject({ first: 2, since: 20 })
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
  [10, []],
  [11, ['a']],
  [20, ['a']],
  [40, ['a', 'b']],
  [41, ['a', 'b', 'c']],
])(
  'before %i the oldest are %j: since when a monitor waits is when its first was received',
  (before, keys) => {
    expect(filled(9).oldest(before)).toEqual(keys)
  },
)

test('a monitor that was written waits behind the others again', () => {
  const unwritten = filled()
  unwritten.remove(['a'])
  unwritten.add(A, 5, 50)
  expect(unwritten.all()).toEqual(['b', 'c', 'a'])
})
