import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { processId } from '../../src/system/process-id.ts'
import { listProcesses, variableOf } from '../../src/system/process-list.ts'
import { parseProcessStat } from '../../src/system/process-stat.ts'
import { hasProc } from '../support/process-state.ts'
import { until } from '../support/until.ts'

/** As proc_pid_stat(5) has it: threads are field 20, the start is field 22. */
const stat = (name: string, state: string, threads = 1) =>
  `77 (${name}) ${state} 5 6 7 0 -1 4194560 1 0 0 0 1 1 0 0 20 0 ${threads} 0 123456 1 1 1\n`

test('a name can contain spaces, parentheses and newlines', () => {
  expect(parseProcessStat(stat('a) Z 1 (b\n', 'S'))).toEqual({
    name: 'a) Z 1 (b\n',
    parent: 5,
    group: 6,
    start: '123456',
    isZombie: false,
  })
})

test('a process whose first thread has ended is a zombie only if it has no other thread', () => {
  expect(parseProcessStat(stat('x', 'Z')).isZombie).toBe(true)
  expect(parseProcessStat(stat('x', 'Z', 3)).isZombie).toBe(false)
  expect(parseProcessStat(stat('x', 'X')).isZombie).toBe(true)
})

test.skipIf(!hasProc)('the list has this process and its child (needs /proc)', async () => {
  const child = spawn('sleep', ['60'], { env: { PATH: '/usr/bin:/bin', RUN: 'a:b', RUN2: 'no' } })
  try {
    const listed = listProcesses() ?? []
    const found = listed.find(({ pid }) => pid === child.pid)
    expect(found).toMatchObject({
      parent: process.pid,
      isZombie: false,
      start: processId(child.pid ?? 0)?.start,
    })
    expect(listed.some(({ pid }) => pid === process.pid)).toBe(true)
    await until('it runs', () => variableOf(child.pid ?? 0, 'RUN') === 'a:b')
    expect(variableOf(child.pid ?? 0, 'RU')).toBe('')
    expect(variableOf(2 ** 30, 'RUN')).toBeUndefined()
  } finally {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
})
