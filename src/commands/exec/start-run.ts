/** Starts the job of a run. Everything here delays the job, so it contains nothing that can be done later. */

import { readFileSync } from 'node:fs'
import { environmentFromProcess, variableValue, withVariables } from '../../job/environment.ts'
import type { LaunchNotes } from '../../job/launch-notes.ts'
import { makeMetricsFolder } from '../../job/metrics-folder.ts'
import { passOnSignals } from '../../job/signals.ts'
import { type Job, type JobPlan, startJob } from '../../job/start.ts'
import { openKeyPipes } from '../../settings/key-pipe.ts'
import { monotonicMs } from '../../system/clock.ts'
import { createTail } from '../../system/tail.ts'
import { configuredShell } from './configured-shell.ts'
import type { ExecRequest } from './exec-command.ts'
import { freshSeries } from './fresh-series.ts'
import type { LauncherHooks } from './launcher-hooks.ts'
import { readRawArgv } from './raw-argv.ts'
import { outcomeOf } from './run-outcome.ts'
import { runVariables } from './run-variables.ts'
import { asRun, type FirstStart, type StartedRun } from './started-run.ts'

/** Enough for a message of 2,000 characters, even with colours, redrawn lines and multi-byte characters. */
const TAIL_BYTES = 65_536

export interface StartOptions {
  /** True if the job leads a process group of its own. */
  readonly ownGroup?: boolean
  readonly mayRepeat?: boolean
  /** Starts the job in another way than `start`, or not at all. */
  readonly begin?: (plan: JobPlan, start: typeof startJob) => Job
}

export function startRun(request: ExecRequest, launcher: LauncherHooks, notes: LaunchNotes): StartedRun {
  const first = startFirst(request, launcher, notes)
  return asRun(first, first.job, first.job.ended.then(outcomeOf))
}

export function startFirst(
  request: ExecRequest,
  launcher: LauncherHooks,
  notes: LaunchNotes,
  options: StartOptions = {},
): FirstStart {
  const { ownGroup = request.flags.ownGroup === true, mayRepeat = false, begin = startJob } = options
  const { argv, flags } = request
  const series = flags.series ?? freshSeries()
  const tail = createTail(TAIL_BYTES)
  const environment = notes.environment ?? environmentFromProcess(process.env)
  const shell = flags.shell === undefined ? configuredShell(environment) : { path: flags.shell }
  const keyPipes = openKeyPipes(flags, process.env, true)
  const metrics = makeMetricsFolder()
  const variables = runVariables(request, series, environment, metrics)
  const startedAt = Date.now()
  const plan: JobPlan = {
    argv,
    rawArgv: readRawArgv(argv, () => readFileSync('/proc/self/cmdline')),
    shell: shell.path,
    ownGroup,
    environment: withVariables(environment, variables),
    notes,
    mayRepeat,
    onOutput: flags.output ? chunk => tail.append(chunk) : undefined,
    now: monotonicMs,
  }
  launcher.jobIsStarting = true
  const job = begin(plan, startJob)
  const untouched = [...notes.ignoredSignals, ...notes.blockedSignals]
  const signals = passOnSignals(job.pid, launcher.release, untouched, ownGroup)
  const problems = [job.problem, shell.problem, ignoredAuthorities(notes)]
  return {
    job,
    series,
    token: lastWord(variables.CRONITOR_RUN_ID),
    notes,
    startedAt,
    tail,
    keyPipes,
    metrics,
    signals,
    startAgain() {
      // The launcher's pipes are those of the first job.
      const next = begin({ ...plan, notes: { ...notes, pipes: [] } }, startJob)
      signals.nextJob(next.pid)
      return next
    },
    problems: problems.filter(problem => problem !== undefined),
  }
}

function lastWord(runId: string): string {
  return runId.slice(runId.lastIndexOf(':') + 1)
}

/** The launcher hides an unreadable file from Node.js, which would print a warning in another format. */
function ignoredAuthorities({ environment = [] }: LaunchNotes): string | undefined {
  const file = variableValue(environment, 'NODE_EXTRA_CA_CERTS')
  return file && process.env.NODE_EXTRA_CA_CERTS === undefined
    ? `NODE_EXTRA_CA_CERTS is left out, since it cannot be read: ${file}`
    : undefined
}
