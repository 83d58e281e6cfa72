/** Starts the job of a run. Everything here delays the job, so it contains nothing that can be done later. */

import { readFileSync } from 'node:fs'
import { environmentFromProcess, variableValue, withVariables } from '../../job/environment.ts'
import type { LaunchNotes } from '../../job/launch-notes.ts'
import { passOnSignals } from '../../job/signals.ts'
import { type Job, type JobPlan, startJob } from '../../job/start.ts'
import { type KeyPipes, openKeyPipes } from '../../settings/key-pipe.ts'
import { monotonicMs } from '../../system/clock.ts'
import { createTail, type Tail } from '../../system/tail.ts'
import { configuredShell } from './configured-shell.ts'
import type { ExecRequest } from './exec-command.ts'
import { freshSeries } from './fresh-series.ts'
import type { LauncherHooks } from './launcher-hooks.ts'
import { readRawArgv } from './raw-argv.ts'
import { outcomeOf, type RunOutcome } from './run-outcome.ts'
import { runVariables } from './run-variables.ts'

/** Enough for a message of 2,000 characters, even with colours, redrawn lines and multi-byte characters. */
const TAIL_BYTES = 65_536

export interface StartedRun {
  readonly job: Job
  readonly outcome: Promise<RunOutcome>
  readonly series: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** The end of the job's output; empty with `--no-output`. */
  readonly tail: Tail
  readonly keyPipes: KeyPipes
  /** Aborts when a signal arrives after the job's end. */
  readonly stopWaiting: AbortSignal
  /** Warnings about the start. */
  readonly problems: readonly string[]
}

/** @param begin starts the job; job control starts it in another way, or not at all */
export function startRun(
  request: ExecRequest,
  launcher: LauncherHooks,
  notes: LaunchNotes,
  begin: (plan: JobPlan) => Job = startJob,
): StartedRun {
  const { argv, flags } = request
  const series = flags.series ?? freshSeries()
  const tail = createTail(TAIL_BYTES)
  const environment = notes.environment ?? environmentFromProcess(process.env)
  const shell = flags.shell === undefined ? configuredShell(environment) : { path: flags.shell }
  const keyPipes = openKeyPipes(flags, process.env, true)
  const startedAt = Date.now()
  const rawArgv = readRawArgv(argv, () => readFileSync('/proc/self/cmdline'))
  launcher.jobIsStarting = true
  const job = begin({
    argv,
    rawArgv,
    shell: shell.path,
    ownGroup: flags.ownGroup === true,
    environment: withVariables(environment, runVariables(request, series, environment)),
    notes,
    onOutput: flags.output ? chunk => tail.append(chunk) : undefined,
    now: monotonicMs,
  })
  const problems = [job.problem, shell.problem, ignoredAuthorities(notes)]
  return {
    job,
    outcome: job.ended.then(outcomeOf),
    series,
    startedAt,
    tail,
    keyPipes,
    stopWaiting: relaySignals(job, notes, request, launcher),
    problems: problems.filter(problem => problem !== undefined),
  }
}

function relaySignals(
  job: Job,
  notes: LaunchNotes,
  { flags }: ExecRequest,
  { release }: LauncherHooks,
): AbortSignal {
  const untouched = [...notes.ignoredSignals, ...notes.blockedSignals]
  const signals = passOnSignals(job.pid, release, untouched, flags.ownGroup === true)
  const stopWaiting = new AbortController()
  job.ended.then(end => signals.jobEnded(end, () => stopWaiting.abort()))
  return stopWaiting.signal
}

/** The launcher hides an unreadable file from Node.js, which would print a warning in another format. */
function ignoredAuthorities({ environment = [] }: LaunchNotes): string | undefined {
  const file = variableValue(environment, 'NODE_EXTRA_CA_CERTS')
  return file && process.env.NODE_EXTRA_CA_CERTS === undefined
    ? `NODE_EXTRA_CA_CERTS is left out, since it cannot be read: ${file}`
    : undefined
}
