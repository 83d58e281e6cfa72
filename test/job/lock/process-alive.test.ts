import { expect, test } from 'vitest'
import type { LockRecord } from '../../../src/job/lock/lock-record.ts'
import { type ProcessTable, stateOfRecord, TOUCH_MS } from '../../../src/job/lock/process-alive.ts'

const FIRST = 'pid:[4026531836]'

const record: LockRecord = { machine: 'm1', boot: 'b1', namespace: FIRST, pid: 42, start: '777', since: 0 }

/** After the name, which can contain anything: state, ppid, …, num_threads (field 20), itrealvalue, starttime. */
function stat(state: string, start: string, threads = 1): string {
  const between = Array.from({ length: 16 }, () => '0').join(' ')
  return `42 (a) b (c)) ${state} ${between} ${threads} 0 ${start} 0 0`
}

function table(more: Partial<ProcessTable>): ProcessTable {
  return {
    place: { machine: 'm1', boot: 'b1', namespace: FIRST },
    stat: () => undefined,
    exists: () => false,
    findInNamespaces: () => false,
    ...more,
  }
}

const justTouched = () => 0

test.each([
  ['a process with the same start', stat('S', '777'), true],
  ['a stopped process', stat('T', '777'), true],
  ['another process with the same number', stat('S', '778'), false],
  ['a zombie', stat('Z', '777'), false],
  ['a process whose first thread has ended', stat('Z', '777', 2), true],
])('%s', (_, text, isAlive) => {
  expect(stateOfRecord(record, table({ stat: () => text }), justTouched)).toBe(isAlive ? 'alive' : 'dead')
})

test('a process that /proc hides is found by kill', () => {
  expect(stateOfRecord(record, table({ exists: () => true }), justTouched)).toBe('alive')
  expect(stateOfRecord(record, table({}), justTouched)).toBe('dead')
})

test('a process without a known start counts while its number is in use', () => {
  const unknown = { ...record, start: '' }
  expect(stateOfRecord(unknown, table({ stat: () => stat('S', '9'), exists: () => true }), justTouched)).toBe(
    'alive',
  )
})

test('a process of an earlier boot is dead; on another host with the same folder it may be alive', () => {
  const place = { machine: 'm1', boot: 'b2', namespace: FIRST }
  expect(stateOfRecord(record, table({ place, stat: () => stat('S', '777') }), justTouched)).toBe('dead')
  const other = table({ place: { ...place, machine: 'm2' }, stat: () => stat('S', '777') })
  expect(stateOfRecord(record, other, justTouched)).toBe('elsewhere')
})

test('a process of an inner PID namespace is found by its number there', () => {
  const inner = { ...record, namespace: 'pid:[4026532999]' }
  const seen: unknown[] = []
  const found = table({
    findInNamespaces(...given) {
      seen.push(given)
      return true
    },
  })
  expect(stateOfRecord(inner, found, () => Number.POSITIVE_INFINITY)).toBe('alive')
  expect(seen).toEqual([[42, '777']])
  // Nothing is hidden from the first namespace.
  expect(stateOfRecord(inner, table({}), justTouched)).toBe('dead')
})

test('a process of a namespace that cannot be seen counts until it was not touched for ten minutes', () => {
  const asked = table({ place: { machine: 'm1', boot: 'b1', namespace: 'pid:[4026532999]' } })
  expect(stateOfRecord(record, asked, () => 9 * TOUCH_MS)).toBe('alive')
  expect(stateOfRecord(record, asked, () => 11 * TOUCH_MS)).toBe('dead')
})
