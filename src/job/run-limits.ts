/** Ends a job that takes longer than it may. */

import { constants } from 'node:os'
import { monotonicMs } from '../system/clock.ts'
import { errorCode } from '../system/errors.ts'
import { isAlive } from '../system/process-id.ts'
import { type ListedProcess, listProcesses, variableOf } from '../system/process-list.ts'
import { sleep } from '../system/sleep.ts'
import { sleepUntil } from '../system/sleep-until.ts'
import { type EndSignals, type EndTools, endProcesses } from './end-processes.ts'
import { TIMED_OUT_STATUS } from './exit-status.ts'
import type { JobEnd } from './job-end.ts'
import { findRunProcesses } from './run-processes.ts'

export interface TimeLimit {
  /** By the monotonic clock, in milliseconds. */
  readonly at: number
  /** Such as `timed out after 10m`. */
  readonly reason: string
}

export interface LimitedJob {
  /** Undefined if it could not be started. */
  readonly pid: number | undefined
  readonly ended: Promise<JobEnd>
  readonly leadsGroup: boolean
  /** See `RunIdentity`. */
  readonly token: string
  /** By the monotonic clock, in milliseconds. */
  readonly startedAt: number
}

export interface LimitedEnd {
  readonly end: JobEnd
  /** The processes that could not be ended. */
  readonly left: readonly ListedProcess[]
}

/** The job's end is reported a little later than its process is gone, in milliseconds. */
const REPORT_MS = 1000

export async function endWithin(
  job: LimitedJob,
  limit: TimeLimit | undefined,
  how: EndSignals,
): Promise<LimitedEnd> {
  if (limit === undefined || job.pid === undefined) return { end: await job.ended, left: [] }
  const ended = new AbortController()
  void job.ended.then(() => ended.abort())
  await sleepUntil(limit.at, { now: monotonicMs, sleep }, ended.signal)
  if (ended.signal.aborted) return { end: await job.ended, left: [] }
  const left = await endProcesses(how, endTools(job, job.pid, ended.signal))
  await sleep(REPORT_MS, ended.signal)
  const durationMs = monotonicMs() - job.startedAt
  return { end: { kind: 'timed-out', status: TIMED_OUT_STATUS, reason: limit.reason, durationMs }, left }
}

function endTools({ leadsGroup, token }: LimitedJob, jobPid: number, ended: AbortSignal): EndTools {
  const isJobThere = (): boolean => !ended.aborted
  const processes = findRunProcesses(
    { jobPid, leadsGroup, token, wrapperPid: process.pid },
    { list: listProcesses, runIdOf: pid => variableOf(pid, 'CRONITOR_RUN_ID'), isJobThere },
  )
  return {
    processes,
    jobPid,
    jobGroup: leadsGroup ? jobPid : undefined,
    isJobThere,
    send,
    isSame: isAlive,
    isGroupThere: group => errorOfKill(-group, 0) !== 'ESRCH',
    now: monotonicMs,
    sleep,
  }
}

function send(pid: number, signal: NodeJS.Signals): boolean {
  // By number, because Bun does not know the name of each signal.
  return errorOfKill(pid, constants.signals[signal]) !== 'EPERM'
}

/** The error code of kill(2); undefined if it succeeds. */
function errorOfKill(pid: number, signal: number): string | undefined {
  try {
    process.kill(pid, signal)
    return undefined
  } catch (error) {
    return errorCode(error)
  }
}
