import { expect, test } from 'vitest'
import { type EndSignals, type EndTools, endProcesses } from '../../src/job/end-processes.ts'
import type { ListedProcess } from '../../src/system/process-list.ts'
import { fakeClock } from '../support/fake-clock.ts'

const JOB = 20

interface Fake {
  readonly parent?: number
  readonly group?: number
  /** What the process does when it gets a signal; KILL ends it anyway. */
  readonly on?: (signal: string) => void
  /** The wrapper may not send it signals. */
  readonly isOthers?: boolean
  /** Nothing ends it. */
  readonly hangs?: boolean
}

const HOW: EndSignals = { signal: 'SIGTERM', killAfterMs: 1000 }

/** Processes of one run. Without `on`, a process ends with each signal but CONT. */
function world(more: Partial<EndTools> = {}) {
  const clock = fakeClock()
  const there = new Map<number, Fake>()
  const sent: string[] = []
  const listed = (): ListedProcess[] =>
    [...there].map(([pid, { parent = 1, group = pid }]) => ({
      pid,
      name: 'p',
      start: '5',
      parent,
      group,
      isZombie: false,
    }))
  const membersOf = (pid: number) =>
    pid > 0 ? [pid] : listed().flatMap(each => (each.group === -pid ? [each.pid] : []))
  const tools: EndTools = {
    processes: {
      look: () => ({ processes: listed(), groups: new Set(listed().map(({ group }) => group)) }),
    },
    jobPid: JOB,
    jobGroup: JOB,
    isJobThere: () => there.has(JOB),
    send(pid, signal) {
      sent.push(`${signal} ${pid}`)
      const members = membersOf(pid)
      for (const member of members) {
        const process = there.get(member)
        if (process === undefined || process.isOthers || process.hangs) continue
        if (signal === 'SIGKILL' || (process.on === undefined && signal !== 'SIGCONT')) there.delete(member)
        else process.on?.(signal)
      }
      return members.length === 0 || !members.every(member => there.get(member)?.isOthers)
    },
    isSame: ({ pid }) => there.has(pid),
    isGroupThere: group => membersOf(-group).length > 0,
    now: clock.now,
    sleep: clock.sleep,
    ...more,
  }
  async function end(how: EndSignals = HOW): Promise<number[]> {
    let left: readonly ListedProcess[] | undefined
    void endProcesses(how, tools).then(processes => {
      left = processes
    })
    for (let step = 0; step < 10_000 && left === undefined; step += 1) await clock.advance(5)
    if (left === undefined) throw new Error('endProcesses does not end')
    return left.map(({ pid }) => pid)
  }
  const startedAt = clock.now()
  return { there, sent, end, elapsed: () => clock.now() - startedAt }
}

test('the group gets the signal at once, then each process outside of it', async () => {
  const { there, sent, end } = world()
  there.set(JOB, {}).set(21, { parent: JOB, group: JOB }).set(30, { parent: 21 })
  expect(await end()).toEqual([])
  expect(sent).toEqual(['SIGTERM -20', 'SIGCONT -20', 'SIGTERM 30', 'SIGCONT 30'])
})

test('what ignores the signal is killed after the time, and not before', async () => {
  const { there, sent, end, elapsed } = world()
  there.set(JOB, { on: () => {} })
  expect(await end()).toEqual([])
  expect(sent.slice(0, 3)).toEqual(['SIGTERM -20', 'SIGCONT -20', 'SIGKILL -20'])
  expect(elapsed()).toBeGreaterThanOrEqual(1000)
  expect(elapsed()).toBeLessThan(1200)
})

test('KILL as the signal is sent at once', async () => {
  const { there, sent, end, elapsed } = world()
  there.set(JOB, { on: () => {} })
  await end({ signal: 'SIGKILL', killAfterMs: 1000 })
  expect(sent[0]).toBe('SIGKILL -20')
  expect(elapsed()).toBeLessThan(100)
})

test('with 0 the job is never killed', async () => {
  const { there, sent, end } = world()
  let signals = 0
  there.set(JOB, {
    on() {
      signals += 1
    },
  })
  const ending = end({ signal: 'SIGTERM', killAfterMs: 0 })
  await expect(ending).rejects.toThrow('does not end')
  expect(signals).toBe(2)
  expect(sent).not.toContain('SIGKILL -20')
})

test('a job that handles the signal may clean up with commands; these do not get it', async () => {
  const { there, sent, end } = world()
  there.set(JOB, { on: signal => signal === 'SIGTERM' && there.set(40, { parent: JOB }) })
  await end()
  expect(sent.filter(each => each.endsWith(' 40') && each.startsWith('SIGTERM'))).toEqual([])
  expect(sent).toContain('SIGKILL -40')
})

test('a process that appears without a parent of the run gets the signal too', async () => {
  const { there, sent, end, elapsed } = world()
  let next = 40
  const fork = () => void (next < 50 && there.set(next++, { on: dies }))
  const dies = (signal: string) => {
    if (signal !== 'SIGTERM') return
    there.delete(next - 1)
    fork()
  }
  there.set(JOB, {
    on: signal => {
      if (signal !== 'SIGTERM') return
      there.delete(JOB)
      fork()
    },
  })
  expect(await end()).toEqual([])
  expect(sent).toContain('SIGTERM 49')
  expect(elapsed()).toBeLessThan(1000)
})

test('what forks faster than it is signalled is killed as a group', async () => {
  const { there, sent, end } = world()
  there.set(JOB, { on: () => {} }).set(30, { on: () => {} })
  expect(await end()).toEqual([])
  expect(sent).toContain('SIGKILL -30')
})

test('processes of another user are left and named, as soon as nothing else is there', async () => {
  const { there, end, elapsed } = world()
  there.set(JOB, { isOthers: true }).set(21, { parent: JOB })
  expect(await end()).toEqual([JOB])
  expect(elapsed()).toBeLessThan(1300)
})

test('a process that KILL does not end is left after a time', async () => {
  const { there, end, elapsed } = world()
  there.set(JOB, { hangs: true })
  expect(await end()).toEqual([JOB])
  expect(elapsed()).toBeGreaterThanOrEqual(6000)
  expect(elapsed()).toBeLessThan(6500)
})

test('without /proc the group that the job leads is ended', async () => {
  const { there, sent, end } = world({ processes: { look: () => undefined } })
  there.set(JOB, {}).set(21, { group: JOB, on: () => {} })
  expect(await end()).toEqual([])
  expect(sent.filter(each => !each.startsWith('SIGCONT'))).toEqual(['SIGTERM -20', 'SIGKILL -20'])
})

test('without /proc and without a group of its own the job alone is ended', async () => {
  const { there, sent, end } = world({ processes: { look: () => undefined }, jobGroup: undefined })
  there.set(JOB, { on: () => {} }).set(21, { parent: JOB, group: 5 })
  expect(await end()).toEqual([])
  expect(sent).toEqual(['SIGTERM 20', 'SIGCONT 20', 'SIGKILL 20'])
})

test('a process that has ended since it was listed gets nothing', async () => {
  const { there, sent, end } = world({ isSame: () => false, jobGroup: undefined })
  there.set(30, {})
  const ending = end()
  there.delete(30)
  await ending
  expect(sent).toEqual([])
})
