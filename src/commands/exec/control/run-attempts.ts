/** Runs a job under its time limits, and again if it fails and retries are asked for. */

import { closeOwnCopies } from '../../../job/descriptors.ts'
import type { JobEnd } from '../../../job/job-end.ts'
import type { OutputRelay } from '../../../job/output-relay.ts'
import { endWithin } from '../../../job/run-limits.ts'
import type { Job } from '../../../job/start.ts'
import { monotonicMs } from '../../../system/clock.ts'
import { formatDuration } from '../../../system/duration.ts'
import { sleep } from '../../../system/sleep.ts'
import { sleepUntil } from '../../../system/sleep-until.ts'
import type { RunOutcome } from '../run-outcome.ts'
import type { FirstStart } from '../started-run.ts'
import { attemptName, withAttempt } from './attempt-name.ts'
import { describeLeft } from './describe-left.ts'
import { type RetryPolicy, retryDelay } from './retry-policy.ts'
import { type RunLimits, timeLimit } from './time-limits.ts'

export interface AttemptPlan {
  readonly limits: RunLimits
  readonly retry: RetryPolicy
  readonly leadsGroup: boolean
  /** Decides whether an attempt has failed. */
  readonly judge: (end: JobEnd) => RunOutcome
  /** One line for stderr and the event log, while the run goes on. */
  readonly remark: (text: string) => void
  /** The same for the line that keeps the output of two attempts apart. */
  readonly betweenAttempts: (text: string) => void
  readonly warn: (text: string) => void
}

export interface AttemptedRun {
  /** Stands for the jobs of all attempts. */
  readonly job: Job
  readonly outcome: Promise<RunOutcome>
}

interface Over {
  /** How the last attempt ended. */
  readonly end: JobEnd
  readonly outcome: RunOutcome
}

/** Ctrl-C kills the job and ends the trying. It may reach the wrapper so much later than the job, in milliseconds. */
const SIGNAL_MS = 250

/** The first attempt has started already. */
export function runAttempts(first: FirstStart, plan: AttemptPlan): AttemptedRun {
  const relays = [...first.job.relays]
  const over = tryUntilOver(first, plan, relays)
  return {
    job: {
      pid: first.job.pid,
      relays,
      ended: over.then(({ end }) => end),
      problem: first.job.problem,
    },
    outcome: over.then(({ outcome }) => outcome),
  }
}

async function tryUntilOver(first: FirstStart, plan: AttemptPlan, relays: OutputRelay[]): Promise<Over> {
  const { retries } = plan.retry
  const startedAt = monotonicMs()
  const late = warnIfLate(plan, startedAt)
  const stopped = stopRequest(first)
  const over = (end: JobEnd, outcome: RunOutcome): Over => {
    late.abort()
    if (retries > 0) closeOwnCopies(first.notes.inheritedDescriptors)
    return { end, outcome }
  }
  let job = first.job
  for (let attempt = 1; ; attempt += 1) {
    const ended = await endOfAttempt(job, first, plan, startedAt)
    const end = attempt === 1 ? ended : { ...ended, durationMs: monotonicMs() - startedAt }
    // What the job has printed last may decide whether it has failed.
    for (const relay of job.relays) await relay.takeRest()
    const judged = plan.judge(end)
    const outcome = withAttempt(judged, attempt, retries)
    const delayMs = stopped.aborted ? undefined : nextDelay(outcome, attempt, plan, startedAt)
    if (delayMs !== undefined && end.kind === 'killed') await sleep(SIGNAL_MS, stopped)
    if (delayMs === undefined || stopped.aborted) return over(end, outcome)

    await finishAttempt(job, relays, stopped)
    const failure = `${attemptName(attempt, retries)} failed: ${judged.reported.reason}`
    plan.betweenAttempts(`${failure}; the next one starts in ${formatDuration(delayMs)}`)
    await sleepUntil(monotonicMs() + delayMs, { now: monotonicMs, sleep }, stopped)
    if (stopped.aborted) return over(...stoppedBy(stopped.reason, outcome, monotonicMs() - startedAt))
    first.tail.clear()
    job = first.startAgain()
    relays.push(...job.relays)
  }
}

/** Aborts, with the signal's name as the reason, when the wrapper receives a signal that ends the trying. */
function stopRequest({ signals }: FirstStart): AbortSignal {
  const stop = new AbortController()
  signals.onStopRequest(signal => stop.abort(signal))
  return stop.signal
}

/** A signal while no job runs: the wrapper ends by it, and reports the last attempt. */
function stoppedBy(
  signal: NodeJS.Signals,
  { reported }: RunOutcome,
  durationMs: number,
): [JobEnd, RunOutcome] {
  const leave: JobEnd = { kind: 'killed', signal, durationMs }
  const reason = `${reported.reason}, no other after ${signal}`
  return [leave, { leave, reported: { ...reported, durationMs, reason } }]
}

/** Undefined: there is no other attempt. */
function nextDelay(
  { reported }: RunOutcome,
  attempt: number,
  { retry, limits }: AttemptPlan,
  startedAt: number,
): number | undefined {
  if (reported.state === 'complete') return undefined
  const delayMs = retryDelay(retry, attempt, reported.status)
  const isTooLate =
    delayMs !== undefined && limits.deadlineMs > 0 && monotonicMs() + delayMs >= startedAt + limits.deadlineMs
  return isTooLate ? undefined : delayMs
}

async function endOfAttempt(
  job: Job,
  { signals, token }: FirstStart,
  { limits, leadsGroup, warn }: AttemptPlan,
  runStartedAt: number,
): Promise<JobEnd> {
  // Its process id is not used from here on.
  void job.ended.then(end => signals.jobEnded(end, () => {}))
  const startedAt = monotonicMs()
  const limit = timeLimit(limits, startedAt, runStartedAt)
  const { end, left } = await endWithin({ ...job, leadsGroup, token, startedAt }, limit, limits)
  if (left.length > 0) warn(describeLeft(left))
  return end
}

/** Its output must be written before the next attempt's. A background process may hold its pipes until the end of the run. */
async function finishAttempt(job: Job, relays: OutputRelay[], stopped: AbortSignal): Promise<void> {
  const stop = new Promise<void>(resolve => {
    if (stopped.aborted) resolve()
    else stopped.addEventListener('abort', () => resolve(), { once: true })
  })
  for (const relay of job.relays) {
    await Promise.race([relay.written(), stop])
    if (stopped.aborted || relay.isHeld() || relay.failure() !== undefined) continue
    await relay.stop()
    relays.splice(relays.indexOf(relay), 1)
  }
}

/** Once in a run, whatever the number of attempts. Nothing more is said after the result was aborted. */
function warnIfLate({ limits, remark }: AttemptPlan, startedAt: number): AbortController {
  const ended = new AbortController()
  const { warnAfterMs } = limits
  if (warnAfterMs > 0) {
    void sleepUntil(startedAt + warnAfterMs, { now: monotonicMs, sleep }, ended.signal).then(() => {
      if (!ended.signal.aborted) remark(`the job still runs after ${formatDuration(warnAfterMs)}`)
    })
  }
  return ended
}
