/** Runs that want a lock, whose steps are mixed in random order, and which are killed at random. */

import { type EntryFolder, entryName, removeEntries } from '../../../src/job/lock/lock-entries.ts'
import type { LockRecord } from '../../../src/job/lock/lock-record.ts'
import { waitForLock } from '../../../src/job/lock/wait-for-lock.ts'

export interface Plan {
  readonly runs: number
  readonly slots: number
  readonly waitMs: number
  /** Of each step: that a run is killed. */
  readonly killProbability: number
}

export interface Seen {
  readonly mostHolders: number
  readonly held: number
  readonly busy: number
  readonly killed: number
  /** Names of entries that are left. */
  readonly left: readonly string[]
}

interface Run {
  readonly pid: number
  isKilled: boolean
  isJobAlive: boolean
  /** Until the job ends. */
  jobSteps: number
}

/** The jobs of killed wrappers go on. */
const NOBODY: Run = { pid: 0, isKilled: false, isJobAlive: false, jobSteps: 0 }

const LOCK = 'aa'
const JOB_PID_OFFSET = 1000
/** At most. */
const JOB_STEPS = 40

export async function mixRuns(plan: Plan, random: () => number): Promise<Seen> {
  const entries = new Map<string, LockRecord>()
  const runs: Run[] = Array.from({ length: plan.runs }, (_, index) => ({
    pid: index + 1,
    isKilled: false,
    isJobAlive: false,
    jobSteps: 0,
  }))
  const pending: { readonly run: Run; readonly go: () => void }[] = []
  const holders = new Set<Run>()
  let steps = 0
  let mostHolders = 0
  let held = 0
  let busy = 0

  /** A step of a killed run never ends. */
  const step = (run: Run): Promise<void> => new Promise(resolve => pending.push({ run, go: resolve }))
  const chance = (probability: number): boolean => random() < probability

  const folderOf = (run: Run): EntryFolder => ({
    async names() {
      await step(run)
      const before = new Set(entries.keys())
      await step(run)
      // Names that were added or removed meanwhile may or may not be in the list (POSIX, readdir).
      return [...new Set([...before, ...entries.keys()])].filter(
        name => (before.has(name) && entries.has(name)) || chance(0.5),
      )
    },
    async read(name) {
      await step(run)
      return entries.get(name)
    },
    async add(name, record) {
      await step(run)
      if (entries.has(name)) throw new Error(`${name} exists`)
      entries.set(name, record)
    },
    async remove(name) {
      await step(run)
      entries.delete(name)
    },
    async stateOf(_, { pid }) {
      await step(run)
      const owner = runs[(pid % JOB_PID_OFFSET) - 1]
      const isAlive = pid > JOB_PID_OFFSET ? owner?.isJobAlive === true : owner?.isKilled === false
      return isAlive ? 'alive' : 'dead'
    },
  })

  async function live(run: Run): Promise<void> {
    const folder = folderOf(run)
    const self = { machine: 'm', boot: 'b', namespace: 'n', pid: run.pid, start: '1', since: 0 }
    const id = `${String(1000 + Math.floor(random() * 9000))}-${run.pid}`
    const result = await waitForLock({ folder, lock: LOCK, id, self, slots: plan.slots }, plan.waitMs, {
      now: () => steps,
      sleep: () => step(run),
      random,
      isStopped: () => false,
    })
    if (result.kind !== 'held') {
      busy += 1
      return
    }
    holders.add(run)
    held += 1
    mostHolders = Math.max(mostHolders, holders.size)
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await folder.remove(entryName(LOCK, id, 'job'))
      await folder.add(entryName(LOCK, id, 'job'), { ...self, pid: run.pid + JOB_PID_OFFSET })
      run.isJobAlive = true
      run.jobSteps = Math.floor(random() * JOB_STEPS)
      while (run.jobSteps-- > 0) await step(run)
      run.isJobAlive = false
      await step(run)
    }
    holders.delete(run)
    await removeEntries(folder, LOCK, id)
  }

  function kill(run: Run): void {
    run.isKilled = true
    const goOn = (): void => {
      if (run.jobSteps-- > 0) pending.push({ run: NOBODY, go: goOn })
      else {
        run.isJobAlive = false
        holders.delete(run)
      }
    }
    if (run.isJobAlive) goOn()
    else holders.delete(run)
  }

  const all = Promise.all(runs.map(run => live(run).then(() => undefined)))
  let isOver = false
  void all.then(() => {
    isOver = true
  })
  while (!isOver) {
    const [next] = pending.splice(Math.floor(random() * pending.length), 1)
    if (next === undefined) break
    steps += 1
    if (!next.run.isKilled) next.go()
    // What the run does until its next step.
    await new Promise(resolve => setImmediate(resolve))
    const victim = runs[Math.floor(random() * runs.length)]
    if (victim && !victim.isKilled && chance(plan.killProbability)) kill(victim)
  }
  return {
    mostHolders,
    held,
    busy,
    killed: runs.filter(({ isKilled }) => isKilled).length,
    left: [...entries.keys()],
  }
}
