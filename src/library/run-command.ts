/** `run` with a command: starts the wrapper, and puts together what it tells. */

import type { Readable } from 'node:stream'
import type { HostMessage } from '../commands/host-message.ts'
import { abortWith } from './abort-run.ts'
import { checkOptions, checkText, commandArguments, RUN_FORMS } from './command-arguments.ts'
import { outputStdio, readOutput } from './job-output.ts'
import type { RunOptions } from './options.ts'
import type { EventsResult, JobResult, RunResult } from './results.ts'
import { type CommandPlan, type ProcessEnd, startCommand } from './start-command.ts'
import { WrongArgumentError } from './wrong-argument-error.ts'

const OWN = [
  'apiKey',
  'pingApiKey',
  'cwd',
  'environment',
  'abortSignal',
  'stdin',
  'stdout',
  'stderr',
  'collectBytes',
]

/** What the wrapper has told so far. */
interface Told {
  started?: Extract<HostMessage, { kind: 'started' }>
  ended?: Extract<HostMessage, { kind: 'ended' }>
  concluded?: Extract<HostMessage, { kind: 'concluded' }>
}

/** @param onStarted called when the job has started */
export async function runCommand(
  monitorKey: string,
  command: readonly string[],
  options: RunOptions,
  onStarted: () => void = () => {},
): Promise<RunResult> {
  const plan = planOf(monitorKey, command, options)
  if (options.abortSignal?.aborted) return notBegun('aborted before the start')
  const begun = performance.now()
  const told: Told = {}
  const { child, ended } = startCommand(plan, message => {
    if (message.kind === 'started') {
      told.started = message
      if (message.pid !== undefined) {
        abort.jobStarted(message.pid)
        onStarted()
      }
    } else if (message.kind === 'ended') {
      told.ended = message
      abort.jobEnded()
    } else if (message.kind === 'concluded') told.concluded = message
  })
  const abort = abortWith(options, child)
  const { stdin, stdout, stderr, collectBytes } = options
  writeInput(child.stdin, stdin)
  const out = readOutput(child.stdout, stdout, collectBytes)
  const err = readOutput(child.stderr, stderr, collectBytes)
  try {
    const end = await ended
    if (end.kind === 'failed') return notBegun(`${whyNoProcess(end.error, options)}`)
    const [outText, errText] = await Promise.all([out.finish(), err.finish()])
    return {
      ...resultOf(told, end, options.abortSignal?.aborted === true, performance.now() - begun),
      ...(outText && { stdout: outText }),
      ...(errText && { stderr: errText }),
    }
  } finally {
    abort.finish()
  }
}

function planOf(monitorKey: string, command: readonly string[], options: RunOptions): CommandPlan {
  checkText('the monitor key', monitorKey)
  checkOptions(options)
  if (!Array.isArray(command) || command.length === 0)
    throw new WrongArgumentError('the command: expected a program and its arguments')
  for (const word of command) checkText('the command', word)
  const { stdin = 'inherit', stdout, stderr } = options
  const args = commandArguments({ ...options }, RUN_FORMS, OWN)
  return {
    program: 'cronitor-exec',
    args: [...args, monitorKey, '--', ...command],
    options,
    stdio: [
      stdin === 'inherit' || stdin === 'ignore' ? stdin : 'pipe',
      outputStdio(stdout),
      outputStdio(stderr),
    ],
  }
}

/** The job may end without reading all of it, or at all. */
function writeInput(into: import('node:stream').Writable | null, stdin: RunOptions['stdin']): void {
  if (into === null || stdin === undefined || stdin === 'inherit' || stdin === 'ignore') return
  into.on('error', () => {})
  if (stdin instanceof Uint8Array) into.end(stdin)
  else if ('text' in stdin) into.end(stdin.text)
  else {
    const from: Readable = stdin
    from.pipe(into)
    into.once('close', () => from.unpipe(into))
  }
}

function notBegun(reason: string): RunResult {
  const events: EventsResult = { kind: 'not-sent', reason: 'nothing was run' }
  return {
    kind: 'not-started',
    status: 125,
    reason,
    series: '',
    state: undefined,
    durationMs: 0,
    events,
    warnings: [],
  }
}

/** For a missing working directory, Node.js says that the program is missing. */
function whyNoProcess({ code, message }: NodeJS.ErrnoException, { cwd }: RunOptions): string {
  return code === 'ENOENT' && cwd !== undefined ? `the working directory does not exist: ${cwd}` : message
}

function resultOf(
  { started, ended, concluded }: Told,
  end: Extract<ProcessEnd, { kind: 'ended' }>,
  isAborted: boolean,
  elapsedMs: number,
): RunResult {
  const series = started?.series ?? ''
  const warnings = concluded?.warnings ?? []
  if (ended !== undefined) {
    const { state, reason, durationMs } = ended
    const events: EventsResult = concluded?.events ?? KILLED
    const isReported = events.kind !== 'not-sent'
    return {
      ...ended.end,
      series,
      state: isReported ? state : undefined,
      ...(reason !== undefined && { reason }),
      durationMs,
      events,
      warnings,
    }
  }
  if (isAborted && started === undefined) return notBegun('aborted before the start')
  // The launcher runs the job unmonitored if the program cannot run, and the job is then this process.
  const events = started === undefined ? UNMONITORED : KILLED
  return { ...asJobResult(end), series, state: undefined, durationMs: elapsedMs, events, warnings }
}

const KILLED: EventsResult = {
  kind: 'unknown',
  reason: 'the wrapper was killed; the next command that uses the spool reports the run',
}

const UNMONITORED: EventsResult = {
  kind: 'unknown',
  reason: 'the wrapper told nothing; stderr says if it cannot run',
}

function asJobResult({ status, signal }: Extract<ProcessEnd, { kind: 'ended' }>): JobResult {
  return signal === null ? { kind: 'exited', status: status ?? 0 } : { kind: 'killed', signal }
}
