/** The story of a run: start the job, report its start and its end, and end as it did. */

import { readFileSync } from 'node:fs'
import { makeDoWithOneThread } from '../../job/become-job.ts'
import { isShell } from '../../job/command.ts'
import {
  environmentFromProcess,
  type JobEnvironment,
  variableValue,
  withVariables,
} from '../../job/environment.ts'
import { handOverOutput } from '../../job/hand-over-output.ts'
import type { JobEnd } from '../../job/job-end.ts'
import { takeLaunchNotes } from '../../job/launch-notes.ts'
import { leaveAs } from '../../job/leave.ts'
import { passOnSignals } from '../../job/signals.ts'
import { type Job, startJob } from '../../job/start.ts'
import { createTail } from '../../job/tail.ts'
import { createNotices, type Notices } from '../../report/notices/notices.ts'
import { openKeyPipes } from '../../settings/key-pipe.ts'
import { monotonicMs } from '../../system/clock.ts'
import { loadWithPipes } from '../load-with-pipes.ts'
import type { ExecRequest } from './exec-command.ts'
import { freshSeries } from './fresh-series.ts'
import { readRawArgv } from './raw-argv.ts'
import { reportedJob } from './reported-job.ts'

/** Enough for a message of 2,000 characters among colours, redrawn lines and multi-byte characters. */
const TAIL_BYTES = 65_536

export interface LauncherHooks {
  /** Gives the signals that have come since Node.js started, and stops keeping them. */
  readonly release: () => NodeJS.Signals[]
  /** Keeps what V8 has compiled in this run for the next. */
  readonly saveCode?: () => void
  /** Why what was kept is not used, in one line. */
  readonly codeProblem?: () => string | undefined
  /** Nothing may run the job in this program's place any more. */
  jobIsStarting?: boolean
}

/** Never returns to its caller: the process ends as the job did. */
export async function runJob(request: ExecRequest, launcher: LauncherHooks): Promise<never> {
  const { monitorKey, argv, flags } = request
  const { release } = launcher
  const notes = takeLaunchNotes(process.env)
  const series = flags.series ?? freshSeries()
  const tail = createTail(TAIL_BYTES)
  const notices = createNotices('cronitor-exec', flags)
  // The one place where an unexpected failure of monitoring ends: the job goes on, and its status is the wrapper's.
  const giveUp = (error: unknown) =>
    notices.warn(`monitoring failed: ${error instanceof Error ? error.message : String(error)}`)
  process.on('uncaughtException', giveUp)
  process.removeAllListeners('warning')

  const environment = notes.environment ?? environmentFromProcess(process.env)
  const shell = flags.shell === undefined ? shellFrom(environment) : { path: flags.shell }
  const keyPipes = openKeyPipes(flags, process.env, true)
  const startedAt = Date.now()
  const rawArgv = readRawArgv(argv, () => readFileSync('/proc/self/cmdline'))
  launcher.jobIsStarting = true
  const job = startJob({
    argv,
    rawArgv,
    shell: shell.path,
    ownGroup: flags.ownGroup === true,
    environment: withVariables(environment, {
      CRONITOR_EXEC: '1',
      CRONITOR_MONITOR_KEY: monitorKey,
      CRONITOR_SERIES: series,
      CRONITOR_RUN_ID: runId(variableValue(environment, 'CRONITOR_RUN_ID'), flags.series, series),
    }),
    notes,
    onOutput: flags.output ? chunk => tail.append(chunk) : undefined,
    now: monotonicMs,
  })
  const signals = passOnSignals(
    job.pid,
    release,
    [...notes.ignoredSignals, ...notes.blockedSignals],
    flags.ownGroup === true,
  )
  const stopWaiting = new AbortController()
  job.ended.then(end => signals.jobEnded(end, () => stopWaiting.abort()))
  // Before anything needs a thread: what lacks may be just that.
  if (job.pid === undefined) await leaveIfThreadsLack(await job.ended, notices)

  let isReasonTold = false
  /** Whoever waits for a job that cannot run learns it before the events are delivered, which may take a while. */
  const tellWhyNotStarted = (end: JobEnd): void => {
    if (end.kind !== 'not-started' || isReasonTold) return
    isReasonTold = true
    notices.warnNow(end.reason)
  }

  /** Has this run gone all the way, so that what V8 has compiled by now is what the next one needs? */
  let isWhole = false
  let hangs = false
  try {
    for (const problem of [job.problem, shell.problem]) if (problem !== undefined) notices.warn(problem)
    // The launcher takes the variable from Node.js if the file cannot be read: Node.js would print a warning of its own.
    const authorities = variableValue(notes.environment ?? [], 'NODE_EXTRA_CA_CERTS')
    if (authorities && process.env.NODE_EXTRA_CA_CERTS === undefined)
      notices.warn(`NODE_EXTRA_CA_CERTS is left out, since it cannot be read: ${authorities}`)
    const { settings, warnings } = await loadWithPipes(
      { flags, env: process.env, isJobStarted: true },
      { opened: keyPipes, deadlineFor: withinMs => deliveryDeadline(job, withinMs, stopWaiting.signal) },
    )
    notices.hideSecrets(settings.secrets)
    for (const warning of warnings) notices.warn(warning)
    // Only now, since the reason has the command in it, and that may hold a secret.
    void job.ended.then(tellWhyNotStarted)
    const { monitorRun } = await import('../../report/report-run.ts')
    ;({ isWhole, hangs } = await monitorRun({
      monitorKey,
      series,
      isSeriesGiven: flags.series !== undefined,
      job: reportedJob(job),
      startedAt,
      tail,
      settings,
      notices,
      stopWaiting: stopWaiting.signal,
    }))
  } catch (error) {
    giveUp(error)
  }

  const end = await job.ended
  tellWhyNotStarted(end)
  await finishOutput(job, notices, stopWaiting.signal).catch(giveUp)
  const codeProblem = launcher.codeProblem?.()
  if (codeProblem !== undefined) notices.warn(codeProblem)
  notices.printWarnings()
  if (isWhole) launcher.saveCode?.()
  leaveAs(end, hangs)
}

/**
 * The tokens of this run and of the runs around it, the outermost first, with colons between: by these, processes of a run
 * can be found. A series that was given may be another run's as well, so it is no token.
 */
function runId(outer: string | undefined, givenSeries: string | undefined, series: string): string {
  const own = givenSeries === undefined ? series : freshSeries()
  return outer ? `${outer}:${own}` : own
}

/** libuv aborts if it can start no thread, and without one nothing can be reported. */
async function leaveIfThreadsLack(end: JobEnd, notices: Notices): Promise<void> {
  if (end.kind !== 'not-started' || !end.lacksProcess || (await makeDoWithOneThread())) return
  notices.warn(`${end.reason}. Nothing is reported. See ulimit -u.`)
  notices.printWarnings()
  leaveAs(end)
}

/** Aborts so many milliseconds after the job's end, or when told to leave. */
function deliveryDeadline(job: Job, withinMs: number, stopWaiting: AbortSignal): AbortSignal {
  const over = new AbortController()
  const abort = (): void => over.abort()
  stopWaiting.addEventListener('abort', abort)
  void job.ended.then(() => setTimeout(abort, withinMs).unref())
  return over.signal
}

/**
 * CRONITOR_SHELL, from the environment alone: the settings files are read when the job has started, since a file that
 * cannot be reached must not hold it up.
 */
function shellFrom(environment: JobEnvironment): { readonly path?: string; readonly problem?: string } {
  const path = variableValue(environment, 'CRONITOR_SHELL')?.trim()
  if (!path) return {}
  if (isShell(path)) return { path }
  return {
    problem:
      'CRONITOR_SHELL: expected the absolute path of a shell that can be run; a command line gets $SHELL or /bin/sh',
  }
}

/**
 * Sees to it that what the job has printed arrives. A reader that stalls is waited for, as the job itself would have
 * been; what is held by something in the background goes on without the wrapper.
 */
async function finishOutput(job: Job, notices: Notices, stopWaiting: AbortSignal): Promise<void> {
  const left = new Promise<void>(resolve => {
    if (stopWaiting.aborted) resolve()
    else stopWaiting.addEventListener('abort', () => resolve(), { once: true })
  })
  for (const relay of job.relays) {
    relay.takeRest()
    await Promise.race([relay.written(), left])
    await Promise.race([relay.stop(), left])
    if (relay.isHeld() && !handOverOutput(relay)) await Promise.race([relay.ended, left])
    const failure = relay.failure()
    if (failure !== undefined && failure !== 'EPIPE') {
      notices.warn(
        `${relay.descriptor === 1 ? 'stdout' : 'stderr'} could not be written (${failure}): what the job printed is lost in part`,
      )
    }
  }
}
