import { expect, test } from 'vitest'
import { findRunProcesses, type RunIdentity } from '../../src/job/run-processes.ts'
import type { ListedProcess } from '../../src/system/process-list.ts'

const WRAPPER = 10
const JOB = 20
const TOKEN = 'token-of-this-run'

interface Entry {
  readonly parent?: number
  readonly group?: number
  readonly start?: string
  readonly runId?: string | undefined
  readonly isZombie?: boolean
}

/** A system whose processes the test changes. */
function world(more: Partial<RunIdentity> = {}) {
  const entries = new Map<number, Entry>()
  let isJobThere = true
  const looks: number[] = []
  const run = findRunProcesses(
    { jobPid: JOB, leadsGroup: true, token: TOKEN, wrapperPid: WRAPPER, ...more },
    {
      list: () =>
        [...entries].map(
          ([pid, { parent = 1, group = pid, start = '5', isZombie = false }]): ListedProcess => ({
            pid,
            name: 'p',
            parent,
            group,
            start,
            isZombie,
          }),
        ),
      runIdOf(pid) {
        looks.push(pid)
        const entry = entries.get(pid)
        return entry !== undefined && 'runId' in entry ? entry.runId : ''
      },
      isJobThere: () => isJobThere,
    },
  )
  return {
    set: (pid: number, entry: Entry = {}) => entries.set(pid, entry),
    remove: (pid: number) => entries.delete(pid),
    jobIsGone() {
      isJobThere = false
      entries.delete(JOB)
    },
    pids: () =>
      run
        .look()
        ?.processes.map(({ pid }) => pid)
        .toSorted((a, b) => a - b),
    groups: () => [...(run.look()?.groups ?? [])],
    looks,
  }
}

test('the job, its group, its descendants and the processes with its token belong to the run', () => {
  const { set, pids } = world()
  set(1)
  set(WRAPPER, { parent: 5, group: 5 })
  set(JOB, { parent: WRAPPER })
  set(21, { parent: 1, group: JOB })
  set(22, { parent: JOB })
  set(23, { parent: 22, runId: undefined })
  set(24, { runId: TOKEN })
  set(25, { runId: `outer:${TOKEN}` })
  set(26, { runId: `${TOKEN}:inner` })
  set(27, { parent: 26 })
  // The caller, its background job, a relay of the wrapper, and runs around and beside this one.
  set(5, { group: 5, runId: 'outer' })
  set(6, { parent: 5, group: 5 })
  set(7, { parent: WRAPPER })
  set(8, { runId: `outer:other` })
  set(9, { runId: `${TOKEN}-2` })
  expect(pids()).toEqual([JOB, 21, 22, 23, 24, 25, 26, 27])
})

test('a process that was one of the run stays one after its parents have ended', () => {
  const { set, pids, jobIsGone } = world()
  set(JOB)
  set(30, { parent: JOB })
  expect(pids()).toEqual([JOB, 30])
  jobIsGone()
  set(30, { parent: 1 })
  expect(pids()).toEqual([30])
})

test('a later process with the number of one of the run is not one of it', () => {
  const { set, pids, jobIsGone } = world()
  set(JOB)
  set(30, { parent: JOB })
  pids()
  jobIsGone()
  set(30, { start: '99' })
  set(JOB, { start: '98' })
  set(31, { group: JOB })
  expect(pids()).toEqual([])
})

test('the group is that of the job as long as one of its members is known', () => {
  const { set, pids, jobIsGone, remove } = world()
  set(JOB)
  set(30, { parent: JOB, group: JOB })
  expect(pids()).toEqual([JOB, 30])
  jobIsGone()
  set(30, { parent: 1, group: JOB, isZombie: true })
  set(31, { parent: 1, group: JOB })
  expect(pids()).toEqual([31])
  remove(30)
  remove(31)
  set(32, { parent: 1, group: JOB })
  expect(pids()).toEqual([])
})

test('in the wrapper’s own group only the job and its descendants belong to the run', () => {
  const { set, pids, groups } = world({ leadsGroup: false })
  set(WRAPPER, { group: 5 })
  set(JOB, { parent: WRAPPER, group: 5 })
  set(30, { parent: JOB, group: 5 })
  set(31, { parent: JOB, group: 31 })
  set(5, { group: 5 })
  expect(pids()).toEqual([JOB, 30, 31])
  expect(groups()).toEqual([31])
})

test('a zombie is not there any more', () => {
  const { set, pids } = world()
  set(JOB)
  set(30, { parent: JOB, isZombie: true })
  expect(pids()).toEqual([JOB])
})

test('an environment without the token is read once; an empty one again', () => {
  const { set, pids, looks } = world()
  set(JOB)
  set(40)
  set(41, { runId: undefined })
  pids()
  set(41, { runId: TOKEN })
  expect(pids()).toEqual([JOB, 41])
  expect(looks.filter(pid => pid === 40)).toHaveLength(1)
})
