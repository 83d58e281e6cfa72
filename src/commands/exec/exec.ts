/** The sequence of a run: starts the job, reports its start and its end, and exits as the job did. */

import { makeDoWithOneThread } from '../../job/become-job.ts'
import type { JobEnd } from '../../job/job-end.ts'
import { type LaunchNotes, takeLaunchNotes } from '../../job/launch-notes.ts'
import { leaveAs } from '../../job/leave.ts'
import { createNotices, type Notices } from '../../report/notices/notices.ts'
import type { RunReport } from '../../report/report-run.ts'
import { mayHaveJobSettings } from '../../settings/job-settings.ts'
import { monotonicMs } from '../../system/clock.ts'
import { errorMessage } from '../../system/error-message.ts'
import { errorCode } from '../../system/errors.ts'
import { runQueue } from '../../system/run-queue.ts'
import { sleep } from '../../system/sleep.ts'
import { withTimeLimit } from '../../system/time-limit.ts'
import { reportedJob } from './describe-job.ts'
import type { ExecRequest } from './exec-command.ts'
import { finishOutput } from './finish-output.ts'
import type { LauncherHooks } from './launcher-hooks.ts'
import { letOthersStart } from './let-others-start.ts'
import { outcomeOf } from './run-outcome.ts'
import { loadRunSettings } from './run-settings.ts'
import { startFirst, startRun } from './start-run.ts'
import { asRun, type FirstStart, type StartedRun } from './started-run.ts'

const AUTHORITY_NOTE = 'authorities'

/** The code of `request.usageError`. */
const USAGE_ERROR = 'cronitor.usage'

/** Never returns: the process ends as the job did. */
export async function runJob(given: ExecRequest, launcher: LauncherHooks): Promise<never> {
  const { host } = launcher
  const request = host === undefined ? given : { ...given, flags: { ...given.flags, ...host.keys } }
  const notices = createNotices('cronitor-exec', request.flags, host?.noteWarning)
  // Handles every unexpected failure of monitoring: the job continues, and the wrapper exits with its status.
  const giveUp = (error: unknown): void => notices.warn(`monitoring failed: ${errorMessage(error)}`)
  process.on('uncaughtException', giveUp)
  process.removeAllListeners('warning')

  const notes = takeLaunchNotes(process.env)
  const run = (await startControlled(request, launcher, notes, notices)) ?? startRun(request, launcher, notes)
  host?.follow(run)
  // Must come before the first use of a thread: the job may not have started because threads are lacking.
  if (run.job.pid === undefined) await leaveIfThreadsLack(run, notices)
  const report = await reportWhileRunning(request, run, notices, launcher).catch(giveUp)

  const end = await run.job.ended
  warnIfNotStarted(end, notices)
  await finishOutput(run, notices).catch(giveUp)
  const codeProblem = launcher.codeProblem?.()
  if (codeProblem !== undefined) notices.warn(codeProblem)
  notices.printWarnings()
  // The whole program has run, so the compiled code is what the next run needs.
  if (report?.outcome.kind === 'delivered') {
    if (report.authorityNote !== undefined) launcher.keepNote?.(AUTHORITY_NOTE, report.authorityNote)
    launcher.saveCode?.()
  }
  const { leave } = await run.outcome
  host?.conclude(run.isReported === false ? undefined : report?.outcome)
  const isRemoved = await withTimeLimit(run.metrics.remove(), REMOVE_MS)
  run.beforeLeaving?.()
  leaveAs(leave, report?.isThreadStuck === true || isRemoved === undefined)
}

/** How long to wait for the removal of the metrics' folder, in milliseconds: its file system may hang. */
const REMOVE_MS = 1000

/** Undefined if no job control is asked for: its code is then not loaded. Also if it fails before the job has started. */
async function startControlled(
  request: ExecRequest,
  launcher: LauncherHooks,
  notes: LaunchNotes,
  notices: Notices,
): Promise<StartedRun | undefined> {
  const options = { flags: request.flags, env: process.env, euid: process.geteuid?.() ?? 0 }
  if (!request.mayHaveControl && !mayHaveJobSettings(options)) return undefined
  let started: FirstStart | undefined
  const noteStart: typeof startFirst = (...words) => {
    started = startFirst(...words)
    return started
  }
  try {
    const { startControlledRun } = await import('./control/start-controlled-run.ts')
    const tools = { ...options, launcher, notes, notices, startFirst: noteStart }
    return await startControlledRun(request, tools)
  } catch (error) {
    // --print-command must not run the job.
    if (errorCode(error) === USAGE_ERROR || 'printCommand' in request.flags) throw error
    notices.warn(`job control failed, so the job runs without it: ${errorMessage(error)}`)
    return started && asRun(started, started.job, started.job.ended.then(outcomeOf))
  }
}

async function reportWhileRunning(
  { monitorKey, flags }: ExecRequest,
  run: StartedRun,
  notices: Notices,
  launcher: LauncherHooks,
): Promise<RunReport | undefined> {
  const { series, startedAt, tail, stopWaiting } = run
  for (const problem of run.problems) notices.warn(problem)
  const settings = await loadRunSettings(flags, run, notices)
  // Before the delivery, which can take a while. After the settings, because the text contains the command and needs
  // their secrets to redact it.
  void run.job.ended.then(end => warnIfNotStarted(end, notices))
  if (run.isReported === false) return undefined
  const tell = (): void =>
    notices.verbose('the host is crowded: other jobs start before this one is reported')
  const crowdTools = { runQueue, now: monotonicMs, sleep, random: Math.random, tell }
  await letOthersStart(run, settings.deliverWithinMs, crowdTools)
  const { reportRun } = await import('../../report/report-run.ts')
  return reportRun({
    monitorKey,
    series,
    isSeriesChosen: flags.series !== undefined,
    job: reportedJob(run, notices),
    startedAt,
    tail,
    settings,
    notices,
    stopWaiting,
    ...(run.remarks && { remarks: run.remarks }),
    authorityNote: launcher.readNote?.(AUTHORITY_NOTE),
  })
}

function warnIfNotStarted(end: JobEnd, notices: Notices): void {
  if (end.kind === 'not-started') notices.warnNow(end.reason)
}

/** libuv aborts the process if it cannot start a thread; without threads nothing can be reported. */
async function leaveIfThreadsLack({ job, metrics }: StartedRun, notices: Notices): Promise<void> {
  const end = await job.ended
  if (end.kind !== 'not-started' || !end.lacksProcess || (await makeDoWithOneThread())) return
  notices.warn(`${end.reason}. Nothing is reported. See ulimit -u.`)
  notices.printWarnings()
  metrics.removeNow()
  leaveAs(end)
}
