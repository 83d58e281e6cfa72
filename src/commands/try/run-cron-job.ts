/** Runs a job as cron does, shows its output, and passes on signals to its process group. */

import { handOverOutput } from '../../job/hand-over-output.ts'
import type { JobEnd } from '../../job/job-end.ts'
import { startOutputRelay } from '../../job/output-relay.ts'
import { passOnSignals } from '../../job/signals.ts'
import { spawnFailure } from '../../job/start-failure.ts'
import { monotonicMs } from '../../system/clock.ts'
import { errorCode } from '../../system/errors.ts'
import { sleep } from '../../system/sleep.ts'
import type { CronJob } from './cron-job.ts'
import { type CronJobPlace, startCronJob } from './start-cron-job.ts'

export interface CronJobEnd {
  readonly end: JobEnd
  /** True if a thread still waits for somebody to read the job's input. */
  readonly hasHungThread: boolean
  /** True if a process that the job has started in the background goes on printing. */
  readonly isHeld: boolean
}

/** After TERM or INT, processes of the job get this long to end, in milliseconds. */
const KILL_AFTER_MS = 5000

const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const

/** Resolves when the job's shell has ended and its output is shown. */
export async function runCronJob(job: CronJob, place: CronJobPlace): Promise<CronJobEnd> {
  const startedAt = monotonicMs()
  const durationMs = () => monotonicMs() - startedAt
  const started = startCronJob(job, place)
  if (started.kind === 'not-started') {
    return { end: { ...started, durationMs: durationMs() }, hasHungThread: false, isHeld: false }
  }
  const { child, readEnd, isInputWritten } = started
  const { pid } = child
  const signals = passOnSignals(pid, () => [], [], true)
  let stops = 0
  const onStop = () => {
    // The second one does not wait for the job.
    if (++stops > 1) sendToGroup(pid, 'SIGKILL')
  }
  for (const signal of STOP_SIGNALS) process.on(signal, onStop)

  const relay = startOutputRelay(readEnd, 1, () => {})
  const end = await new Promise<JobEnd>(resolve => {
    child.once('error', error =>
      resolve({
        kind: 'not-started',
        ...spawnFailure(errorCode(error), child.spawnfile),
        durationMs: durationMs(),
      }),
    )
    child.once('exit', (status, signal) => {
      if (signal !== null) resolve({ kind: 'killed', signal, durationMs: durationMs() })
      else resolve({ kind: 'exited', status: status ?? 0, durationMs: durationMs() })
    })
  })
  if (stops > 0) await endGroup(pid)
  const leave = new AbortController()
  signals.jobEnded(end, () => leave.abort())
  const stopped = new Promise<void>(resolve => leave.signal.addEventListener('abort', () => resolve()))
  await relay.takeRest()
  await Promise.race([relay.written(), stopped])
  await Promise.race([relay.stop(), stopped])
  const isHeld = relay.isHeld()
  if (isHeld && !handOverOutput(relay)) await Promise.race([relay.ended, stopped])
  return { end, hasHungThread: !isInputWritten(), isHeld }
}

const NEVER = new AbortController().signal

/** Ends what the job's shell has left behind, because the user wanted to stop it all. */
async function endGroup(pid: number | undefined): Promise<void> {
  for (const giveUpAt = monotonicMs() + KILL_AFTER_MS; monotonicMs() < giveUpAt; await sleep(20, NEVER)) {
    if (!sendToGroup(pid, 0)) return
  }
  sendToGroup(pid, 'SIGKILL')
}

/** False if the group has no members. */
function sendToGroup(pid: number | undefined, signal: NodeJS.Signals | 0): boolean {
  if (pid === undefined) return false
  try {
    return process.kill(-pid, signal)
  } catch (error) {
    return errorCode(error) === 'EPERM'
  }
}
