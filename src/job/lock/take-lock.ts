/** Takes the lock of a run, and holds it until both the wrapper and its job are gone. */

import { msSinceBoot } from '../../system/boot-clock.ts'
import { monotonicMs } from '../../system/clock.ts'
import { describeSystemError } from '../../system/describe-system-error.ts'
import { uniqueWord } from '../../system/process-id.ts'
import { shortHash } from '../../system/short-hash.ts'
import { sleep } from '../../system/sleep.ts'
import type { BeforeJob } from '../gate.ts'
import { cannotLock, type StartFailure } from '../start-failure.ts'
import { describeHolder } from './describe-holder.ts'
import { kernelProcesses } from './kernel-processes.ts'
import { entryName } from './lock-entries.ts'
import { folderOfLocks, type LockFolder, openLockFolder } from './lock-folder.ts'
import type { LockRecord } from './lock-record.ts'
import { processStart, TOUCH_MS } from './process-alive.ts'
import { waitForLock } from './wait-for-lock.ts'

export interface LockPlan {
  readonly name: string
  /** How many runs may hold it. */
  readonly slots: number
  /** Milliseconds; 0: does not wait. */
  readonly waitMs: number
  /** An absolute path; undefined if the user has no folder for it. */
  readonly folder: string | undefined
  readonly euid: number
}

export interface HeldLock {
  /** Names the job as a holder. */
  readonly beforeJob: BeforeJob
  readonly release: () => void
}

export type TakenLock =
  | { readonly kind: 'held'; readonly lock: HeldLock }
  /** `reason` names the holder. */
  | { readonly kind: 'locked'; readonly reason: string }
  | { readonly kind: 'failed'; readonly failure: StartFailure }
  /** `stopped` has aborted. */
  | { readonly kind: 'stopped' }

/** Never throws. */
export async function takeLock(plan: LockPlan, stopped: AbortSignal): Promise<TakenLock> {
  if (plan.folder === undefined) return failed('HOME is not set; name a folder with --lock-dir')
  try {
    const opened = openLockFolder(plan.folder, plan.euid)
    return opened.ok ? await take(plan, opened.path, stopped) : failed(opened.problem)
  } catch (error) {
    return failed(`${plan.folder}: ${describeSystemError(error)}`)
  }
}

async function take(plan: LockPlan, path: string, stopped: AbortSignal): Promise<TakenLock> {
  const table = kernelProcesses()
  const folder = folderOfLocks(path, table)
  const lock = shortHash(plan.name, HASH_DIGITS)
  const since = msSinceBoot()
  const id = `${String(since).padStart(ID_DIGITS, '0')}-${uniqueWord()}`
  const self = { ...table.place, pid: process.pid, start: processStart(process.pid, table), since }
  const result = await waitForLock({ folder, lock, id, self, slots: plan.slots }, plan.waitMs, {
    now: monotonicMs,
    sleep: ms => sleep(ms, stopped),
    random: Math.random,
    isStopped: () => stopped.aborted,
  })
  switch (result.kind) {
    case 'held': {
      const startOfJob = (pid: number): string => processStart(pid, table)
      return { kind: 'held', lock: heldLock({ folder, path, lock, id, self, startOfJob }) }
    }
    case 'busy': {
      const [oldest = ''] = result.rivals
      const holder = describeHolder(oldest, {
        folder,
        lock,
        namespace: table.place.namespace,
        now: msSinceBoot(),
      })
      const which = plan.slots > 1 ? `all ${plan.slots} slots of the lock` : 'the lock'
      return { kind: 'locked', reason: `not run, because ${which} ${plan.name} is held: ${holder}` }
    }
    case 'stopped':
      return { kind: 'stopped' }
    default:
      return result satisfies never
  }
}

const HASH_DIGITS = 16
/** Milliseconds since the boot. IDs are compared as text. */
const ID_DIGITS = 13

function heldLock(held: {
  readonly folder: LockFolder
  readonly path: string
  readonly lock: string
  readonly id: string
  readonly self: LockRecord
  readonly startOfJob: (pid: number) => string
}): HeldLock {
  const { folder, path, lock, id, self } = held
  const [tryName, jobName] = [entryName(lock, id, 'try'), entryName(lock, id, 'job')]
  const touching = setInterval(() => {
    folder.touch(tryName)
    folder.touch(jobName)
  }, TOUCH_MS)
  touching.unref()
  return {
    beforeJob(pid) {
      try {
        if (folder.read(tryName) === undefined) return cannotLock(`its entry in ${path} was removed`)
        // The job of the attempt before has ended.
        folder.remove(jobName)
        folder.add(jobName, { ...self, pid, start: held.startOfJob(pid) })
        return undefined
      } catch (error) {
        return cannotLock(`${path}: ${describeSystemError(error)}`)
      }
    },
    release() {
      clearInterval(touching)
      // `try` last: without it, the others do not count.
      for (const kind of ['job', 'held', 'try'] as const) folder.remove(entryName(lock, id, kind))
    },
  }
}

function failed(problem: string): TakenLock {
  return { kind: 'failed', failure: cannotLock(problem) }
}
