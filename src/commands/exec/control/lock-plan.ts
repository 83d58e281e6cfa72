/** The lock that a run asks for. */

import type { LockPlan } from '../../../job/lock/take-lock.ts'
import { defaultLockDir } from '../../../settings/default-folders.ts'
import type { FileOptions } from '../../../settings/sources.ts'
import type { Control } from './control.ts'

/** Undefined if none. */
export function lockPlan(
  monitorKey: string,
  { lock, lockName, lockSlots = 1, lockWait = 0, lockDir }: Control,
  { env, euid }: Pick<FileOptions, 'env' | 'euid'>,
): LockPlan | undefined {
  if (lock !== true && lockName === undefined) return undefined
  return {
    name: lockName ?? monitorKey,
    slots: lockSlots,
    waitMs: lockWait,
    folder: lockDir ?? defaultLockDir(env, euid),
    euid,
  }
}

const NEEDS_LOCK = ['lockSlots', 'lockWait', 'onLocked', 'lockDir'] as const

/** A warning for each option of the command line that needs a lock, if none is asked for. A settings file may have defaults. */
export function lockWarnings(
  control: Control,
  origins: ReadonlyMap<keyof Control, string>,
): readonly string[] {
  if (control.lock === true || control.lockName !== undefined) return []
  return NEEDS_LOCK.flatMap(name => {
    const origin = origins.get(name)
    return origin?.startsWith('--') ? [`${origin} has no effect without --lock or --lock-name`] : []
  })
}
