import { beforeEach, expect, test } from 'vitest'
import { type AddressChoice, createAddressChoice } from '../../src/client/address-choice.ts'

let time = 0
let choice: AddressChoice

beforeEach(() => {
  time = 1000
  choice = createAddressChoice(3, () => time)
})

test('tries begin with the first address, and the others follow in their order', () => {
  expect(choice.order()).toEqual([0, 1, 2])
  choice.noteReached(0)
  expect(choice.order()).toEqual([0, 1, 2])
})

test('an address that was reached after a failure comes first for a minute', () => {
  choice.noteFailed(0)
  choice.noteFailed(1)
  choice.noteReached(2)
  expect(choice.order()).toEqual([2, 0, 1])
  time += 59_999
  expect(choice.order()).toEqual([2, 0, 1])
})

test('after a minute one try begins with the first address again, and the others do not wait for its end', () => {
  choice.noteReached(2)
  time += 60_000
  expect(choice.order()).toEqual([0, 2, 1])
  expect(choice.order()).toEqual([2, 0, 1])
  time += 60_000
  expect(choice.order()).toEqual([0, 2, 1])
})

test('an address that goes on answering does not put off the return to the first one', () => {
  choice.noteReached(1)
  time += 40_000
  choice.noteReached(1)
  time += 20_000
  expect(choice.order()).toEqual([0, 1, 2])
})

test('once the first address answers, all tries begin with it', () => {
  choice.noteReached(1)
  time += 60_000
  choice.order()
  choice.noteReached(0)
  expect(choice.order()).toEqual([0, 1, 2])
})

test('an address that asks for a wait is left out until the wait is over', () => {
  choice.noteFailed(0, 5000)
  expect(choice.order()).toEqual([1, 2])
  time += 4999
  expect(choice.order()).toEqual([1, 2])
  time += 1
  expect(choice.order()).toEqual([0, 1, 2])
})

test('if all ask for a wait, all may be tried', () => {
  for (const index of [0, 1, 2]) choice.noteFailed(index, 5000)
  expect(choice.order()).toEqual([0, 1, 2])
})

test('without a time after which it goes back, it stays with the address that was reached', () => {
  choice = createAddressChoice(2, () => time, Number.POSITIVE_INFINITY)
  choice.noteFailed(0)
  choice.noteReached(1)
  time += 1e12
  expect(choice.order()).toEqual([1, 0])
})
