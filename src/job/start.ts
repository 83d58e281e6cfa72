/**
 * Starts a command as a job, with the descriptors, limits, signals and environment that the wrapper was started with.
 */

import { execa } from 'execa'
import { errorCode } from '../system/errors.ts'
import { becomeJob } from './become-job.ts'
import { commandToRun } from './command.ts'
import { closeOwnCopies, stdioFor, whyNoDescriptor } from './descriptors.ts'
import { asRecord, type JobEnvironment } from './environment.ts'
import { shellScript, whyCannotRun } from './find-program.ts'
import { type BeforeJob, gateDescriptor, openGate } from './gate.ts'
import type { JobEnd } from './job-end.ts'
import type { LaunchNotes } from './launch-notes.ts'
import { openOutputPipes } from './output-pipes.ts'
import type { CreateWriter, OutputRelay } from './output-relay.ts'
import { cannotRun, type StartFailure, spawnFailure } from './start-failure.ts'
import { environmentForShell, throughTrampoline } from './trampoline.ts'

export interface JobPlan {
  /** The arguments after the monitor key, at least one. */
  readonly argv: readonly string[]
  /** The same arguments as bytes; undefined if all are valid UTF-8. */
  readonly rawArgv: readonly Buffer[] | undefined
  readonly environment: JobEnvironment
  /** The shell for a command line; undefined: $SHELL. */
  readonly shell: string | undefined
  /** True if the job must lead its own process group. It then leads its own session too. */
  readonly ownGroup: boolean
  readonly notes: LaunchNotes
  /** True if the job may be started again: the wrapper then keeps the descriptors that it inherited. */
  readonly mayRepeat?: boolean
  readonly beforeJob?: BeforeJob
  /** Called with the output as it is read. If undefined, the job inherits the wrapper's stdout and stderr. */
  readonly onOutput: ((chunk: Buffer, descriptor: 1 | 2) => void) | undefined
  /** Instead of writing the output to the wrapper's descriptors. */
  readonly createWriter?: CreateWriter | undefined
  /** Monotonic time in milliseconds. */
  readonly now: () => number
}

export interface Job {
  /** Undefined if the job could not be started. */
  readonly pid: number | undefined
  readonly relays: readonly OutputRelay[]
  readonly ended: Promise<JobEnd>
  /** Why the job's output is not captured, in one line. */
  readonly problem: string | undefined
}

/** Never throws: an unexpected error becomes a job that cannot be run. */
export function startJob(plan: JobPlan): Job {
  try {
    return start(plan)
  } catch (error) {
    return asNotStarted(
      cannotRun(`cannot be run: ${error instanceof Error ? error.message : String(error)}`),
      0,
    )
  }
}

function start(plan: JobPlan): Job {
  const startedAt = plan.now()
  const durationMs = (): number => plan.now() - startedAt
  const notStarted = (failure: StartFailure): Job => asNotStarted(failure, durationMs())
  const { argv, rawArgv, environment } = commandToRun(plan.argv, plan.rawArgv, plan.environment, plan.shell)
  const [name = ''] = argv
  const gate = gateDescriptor(plan.beforeJob, plan.notes.inheritedDescriptors)
  if (!gate.ok) return notStarted(gate.failure)
  const [file = '', ...args] = throughTrampoline(argv, rawArgv, environment, plan.notes, gate.descriptor)
  const usesTrampoline = file !== name
  const isFolderGone = plan.notes.folder === undefined ? undefined : true

  // Checked first, because otherwise the trampoline's shell would print its own message.
  if (usesTrampoline && canBeFound(name, environment)) {
    const failure = whyCannotRun(argv, environment, isFolderGone)
    if (failure !== undefined) return notStarted(failure)
  }

  const output = openOutputPipes(plan.onOutput, plan.notes, plan.createWriter)
  const spawnEnvironment = usesTrampoline ? environmentForShell(environment) : environment
  const options: SpawnOptions = {
    stdio: stdioFor(plan.notes.inheritedDescriptors, output.targets, gate.descriptor),
    env: asRecord(spawnEnvironment),
    // Node.js creates the group with setsid(2); it cannot create a group within the session.
    detached: plan.ownGroup,
    ...(plan.notes.folder !== undefined && { cwd: `/proc/self/fd/${plan.notes.folder}` }),
  }
  // No process can be created, so the wrapper itself becomes the job. It holds the lock already, and needs no gate.
  const become = (code: string | undefined): void => {
    const own = throughTrampoline(argv, rawArgv, environment, plan.notes)
    becomeJob(code, own, own[0] === name ? environment : environmentForShell(environment))
  }
  let subprocess: Subprocess
  try {
    subprocess = spawn(file, args, options)
  } catch (error) {
    // If no descriptor is left, Node.js gives its child no streams, and execa fails before it can report the cause.
    const code = whyNoDescriptor()
    if (code !== undefined) {
      become(code)
      return notStarted(cannotRun(spawnFailure(code, name).reason))
    }
    // Bun throws such errors too, and does not do what execvp(3) does for a script without `#!`.
    const failure = whyCannotRun(argv, environment, isFolderGone)
    if (failure !== undefined) return notStarted(failure)
    const reason = errorCode(error)
    const script = reason === 'E2BIG' ? undefined : shellScript(file, environment)
    if (script === undefined) {
      become(reason)
      return notStarted(spawnFailure(reason, name))
    }
    subprocess = spawn('/bin/sh', [script, ...args], options)
  }
  const refused = openGate(subprocess, gate.descriptor, plan.beforeJob)
  const relays = output.startRelays()
  if (plan.mayRepeat !== true) closeOwnCopies(plan.notes.inheritedDescriptors)

  const ended = new Promise<JobEnd>(resolve => {
    subprocess.once('exit', (status, signal) => {
      if (refused !== undefined) resolve({ kind: 'not-started', ...refused, durationMs: durationMs() })
      else if (signal !== null) resolve({ kind: 'killed', signal, durationMs: durationMs() })
      else resolve({ kind: 'exited', status: status ?? 0, durationMs: durationMs() })
    })
    // Without a process id, the cause is an error of the spawn.
    subprocess.then(({ cause }) => {
      if (subprocess.pid !== undefined) return
      const code = errorCode(cause)
      become(code)
      const found = whyCannotRun(argv, environment, isFolderGone)
      const failure = found ?? spawnFailure(code, name)
      const lacksProcess = found === undefined && code === 'EAGAIN'
      resolve({
        kind: 'not-started',
        ...failure,
        durationMs: durationMs(),
        ...(lacksProcess && { lacksProcess }),
      })
    })
  })
  return { pid: subprocess.pid, relays, ended, problem: output.problem }
}

type Subprocess = ReturnType<typeof spawn>

interface SpawnOptions {
  readonly stdio: ReturnType<typeof stdioFor>
  readonly env: Record<string, string>
  readonly detached: boolean
  readonly cwd?: string
}

function spawn(file: string, args: readonly string[], options: SpawnOptions) {
  return execa(file, args, {
    ...options,
    extendEnv: false,
    reject: false,
    buffer: false,
    cleanup: false,
    verbose: 'none',
  })
}

/** False if the name or PATH is not valid UTF-8: then only a shell can find the program. */
function canBeFound(name: string, environment: JobEnvironment): boolean {
  return !name.includes('\uFFFD') && !environment.some(variable => variable.name === 'PATH' && variable.raw)
}

function asNotStarted(failure: StartFailure, durationMs: number): Job {
  const ended = Promise.resolve<JobEnd>({ kind: 'not-started', ...failure, durationMs })
  return { pid: undefined, relays: [], ended, problem: undefined }
}
