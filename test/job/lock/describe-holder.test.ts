import { expect, test } from 'vitest'
import { describeHolder } from '../../../src/job/lock/describe-holder.ts'
import type { LockFolder } from '../../../src/job/lock/lock-folder.ts'
import type { LockRecord } from '../../../src/job/lock/lock-record.ts'

const record: LockRecord = { machine: 'm', boot: 'b', namespace: 'n', pid: 7, start: '1', since: 1000 }

function describe(entries: Readonly<Record<string, LockRecord>>, words: readonly string[], isAlive = true) {
  const folder: LockFolder = {
    names: () => Object.keys(entries),
    read: name => entries[name],
    add() {},
    remove() {},
    touch() {},
    stateOf: () => (isAlive ? 'alive' : 'dead'),
  }
  return describeHolder('1', { folder, lock: 'a', namespace: 'n', now: 8_000_000, commandOf: () => words })
}

test('the job is named, else the wrapper', () => {
  const wrapper = { 'a.1.try': record }
  const words = ['backup', '--full']
  expect(describe(wrapper, words)).toBe('process 7 (backup --full) has held it for 2 h 13 min')
  const both = { ...wrapper, 'a.1.job': { ...record, pid: 8 } }
  expect(describe(both, words)).toBe('process 8 (backup --full) has held it for 2 h 13 min')
})

test('a holder that is gone meanwhile, or in another container, is not described by its number', () => {
  expect(describe({ 'a.1.try': record }, [], false)).toBe('another run has just held it')
  expect(describe({ 'a.1.try': { ...record, namespace: 'other' } }, ['wrong'])).toBe(
    'process 7 (in another container) has held it for 2 h 13 min',
  )
})

test('a long command ends after a whole word, and is one line', () => {
  const key = 'k'.repeat(150)
  expect(describe({ 'a.1.try': record }, ['curl\n', key, key])).toBe(
    `process 7 (curl  ${key} …) has held it for 2 h 13 min`,
  )
})
