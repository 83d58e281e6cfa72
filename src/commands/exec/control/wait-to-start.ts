/** What a run waits for before its job starts: the splay, the jitter and the lock. */

import { LOCKED_STATUS } from '../../../job/exit-status.ts'
import type { JobEnd } from '../../../job/job-end.ts'
import type { LaunchNotes } from '../../../job/launch-notes.ts'
import { leaveAs } from '../../../job/leave.ts'
import { type HeldLock, type LockPlan, takeLock } from '../../../job/lock/take-lock.ts'
import { receiveBeforeJob, type SignalsBeforeJob } from '../../../job/signals-before-job.ts'
import { startDelayMs } from '../../../job/start-delay.ts'
import type { Notices } from '../../../report/notices/notices.ts'
import type { FileOptions } from '../../../settings/sources.ts'
import { monotonicMs } from '../../../system/clock.ts'
import { formatDuration } from '../../../system/duration.ts'
import { systemHostname } from '../../../system/hostname.ts'
import { sleep } from '../../../system/sleep.ts'
import { sleepUntil } from '../../../system/sleep-until.ts'
import type { LauncherHooks } from '../launcher-hooks.ts'
import type { Control } from './control.ts'
import { lockPlan } from './lock-plan.ts'

/** A part of what a run with job control is given. */
interface WaitTools extends FileOptions {
  readonly launcher: LauncherHooks
  readonly notes: LaunchNotes
  readonly notices: Notices
}

export type Waited = (
  | { readonly kind: 'start'; readonly lock?: HeldLock }
  /** The job is not run. */
  | { readonly kind: 'end'; readonly end: JobEnd; readonly isReported: boolean }
) & {
  /** Replaces the launcher's, which was called for the wait. */
  readonly release?: () => NodeJS.Signals[]
}

/** A signal during a wait ends the process. */
export async function waitToStart(monitorKey: string, control: Control, tools: WaitTools): Promise<Waited> {
  const plan = lockPlan(monitorKey, control, tools)
  const delayMs = delayOf(monitorKey, control, tools)
  if (delayMs === 0 && (plan === undefined || plan.waitMs === 0)) return lockOrEnd(plan, control)

  const { launcher, notes, notices } = tools
  // From here on, the launcher would run the job too early or without its lock.
  launcher.jobIsStarting = true
  const signals = receiveBeforeJob(launcher.release, [...notes.ignoredSignals, ...notes.blockedSignals])
  if (delayMs > 0) notices.verbose(`waiting for ${formatDuration(delayMs)}`)
  await sleepUntil(monotonicMs() + delayMs, { now: monotonicMs, sleep }, signals.stopped)
  endIfStopped(signals)
  const waited = await lockOrEnd(plan, control, signals.stopped)
  endIfStopped(signals, waited)
  signals.waitIsOver()
  return { ...waited, release: signals.release }
}

function delayOf(monitorKey: string, { splay = 0, jitter = 0 }: Control, { flags, env }: WaitTools): number {
  if (splay + jitter === 0) return 0
  const host = flags.hostname || env.CRONITOR_HOSTNAME?.trim() || systemHostname()
  return startDelayMs({ splayMs: splay, jitterMs: jitter, host, monitorKey, random: Math.random })
}

const NEVER = new AbortController().signal

async function lockOrEnd(plan: LockPlan | undefined, control: Control, stopped = NEVER): Promise<Waited> {
  if (plan === undefined) return { kind: 'start' }
  const taken = await takeLock(plan, stopped)
  switch (taken.kind) {
    case 'held':
      return { kind: 'start', lock: taken.lock }
    case 'locked':
      return endOfLocked(taken.reason, control)
    case 'failed':
      return { kind: 'end', end: { kind: 'not-started', ...taken.failure, durationMs: 0 }, isReported: true }
    case 'stopped':
      return { kind: 'start' }
    default:
      return taken satisfies never
  }
}

function endOfLocked(reason: string, { onLocked = 'skip' }: Control): Waited {
  if (onLocked === 'ok')
    return { kind: 'end', end: { kind: 'exited', status: 0, durationMs: 0 }, isReported: false }
  const end = { kind: 'not-started', status: LOCKED_STATUS, reason, durationMs: 0 } as const
  return { kind: 'end', end, isReported: onLocked === 'fail' }
}

function endIfStopped(signals: SignalsBeforeJob, waited?: Waited): void {
  const signal = signals.endedBy()
  if (signal === undefined) return
  if (waited?.kind === 'start') waited.lock?.release()
  leaveAs({ kind: 'killed', signal, durationMs: 0 })
}
