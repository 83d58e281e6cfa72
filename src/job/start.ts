/** Starts a command as a job: with the descriptors, limits, signals and environment that the wrapper was given. */

import { closeSync, fstatSync, openSync } from 'node:fs'
import { execa, type Options } from 'execa'
import { errorCode } from '../system/errors.ts'
import { becomeJob } from './become-job.ts'
import { commandToRun } from './command.ts'
import { asRecord, type JobEnvironment } from './environment.ts'
import type { JobEnd } from './job-end.ts'
import type { LaunchNotes } from './launch-notes.ts'
import { describeSpawnError, type Lookup, lookUp } from './lookup.ts'
import { type OutputRelay, startOutputRelay } from './output-relay.ts'
import { openPipes } from './pipe.ts'
import { hintFor, isShellBuiltin } from './shell-tokens.ts'
import { environmentForShell, throughTrampoline } from './trampoline.ts'

export interface JobPlan {
  /** The arguments after the monitor key, at least one. */
  readonly argv: readonly string[]
  /** The same as bytes; undefined if all are valid UTF-8. */
  readonly rawArgv: readonly Buffer[] | undefined
  readonly environment: JobEnvironment
  /** For a command line, in place of $SHELL. */
  readonly shell: string | undefined
  /** Is the job to lead a process group of its own? It then leads a session as well. */
  readonly ownGroup: boolean
  readonly notes: LaunchNotes
  /** Sees the output as it is read. Undefined: the job gets the wrapper's own stdout and stderr. */
  readonly onOutput: ((chunk: Buffer) => void) | undefined
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number
}

export interface Job {
  /** Undefined where it could not be started. */
  readonly pid: number | undefined
  readonly relays: readonly OutputRelay[]
  readonly ended: Promise<JobEnd>
  /** What could not be done for the job's output, in one line. */
  readonly problem: string | undefined
}

/** Never throws: what nobody foresaw ends as a job that cannot be run. */
export function startJob(plan: JobPlan): Job {
  try {
    return start(plan)
  } catch (error) {
    return notStarted(126, `cannot be run: ${error instanceof Error ? error.message : String(error)}`, 0)
  }
}

function start(plan: JobPlan): Job {
  const started = plan.now()
  const { argv, rawArgv, environment } = commandToRun(plan.argv, plan.rawArgv, plan.environment, plan.shell)
  const [file = '', ...args] = throughTrampoline(argv, rawArgv, environment, plan.notes)
  const [name = ''] = argv

  // The shell of the trampoline would print its own `not found`, so the reason is printed before it starts. A
  // name or a PATH that is no UTF-8 cannot be looked up, and is left to the shell.
  const cannotBeLookedUp =
    name.includes('\uFFFD') || environment.some(({ name, raw }) => name === 'PATH' && raw)
  if (file !== name && !cannotBeLookedUp) {
    const lookup = withHint(lookUp(name, environment), argv)
    if (lookup.kind === 'cannot-run') return notStarted(lookup.status, lookup.reason, plan.now() - started)
  }

  const output = outputFor(plan)
  const environmentOfFile = file === name ? environment : environmentForShell(environment)
  const spawnOptions = {
    stdio: stdioFor(plan.notes, output.targets),
    env: asRecord(environmentOfFile),
    extendEnv: false,
    reject: false,
    buffer: false,
    cleanup: false,
    // Node.js has setsid(2) for it, and nothing that makes a group within the session.
    detached: plan.ownGroup,
    verbose: 'none',
  } as const
  let subprocess: ReturnType<typeof execa<typeof spawnOptions>>
  try {
    subprocess = execa(file, args, spawnOptions)
  } catch (error) {
    // Without descriptors Node.js gives its child no streams, which execa trips over before it can tell why.
    const code = whyNoDescriptor()
    if (code === undefined) throw error
    becomeJob(code, [file, ...args], environmentOfFile)
    return notStarted(126, describeSpawnError(code, name), plan.now() - started)
  }
  for (const target of new Set(output.targets)) if (target > 2) closeSync(target)
  // Only now, since the job need not wait for it: until then what it prints stands in the pipe.
  const relays = output.startRelays()
  // They are the job's now: a lock that it lets go is not held by the wrapper, nor by a relay that outlives both.
  for (const inherited of plan.notes.inheritedDescriptors) if (isOpen(inherited)) closeSync(inherited)

  const ended = new Promise<JobEnd>(resolve => {
    subprocess.once('exit', (status, signal) => {
      const durationMs = plan.now() - started
      if (signal !== null) resolve({ kind: 'killed', signal, durationMs })
      else resolve({ kind: 'exited', status: status ?? 0, durationMs })
    })
    // Errors of the spawn alone; execa gives those that `spawn` throws in the same way.
    subprocess.then(({ cause }) => {
      if (subprocess.pid !== undefined) return
      becomeJob(errorCode(cause), [file, ...args], environmentOfFile)
      const durationMs = plan.now() - started
      const lookup = withHint(lookUp(name, environment), argv)
      if (lookup.kind === 'cannot-run') resolve({ ...lookup, kind: 'not-started', durationMs })
      else {
        const status = errorCode(cause) === 'ENOENT' ? 127 : 126
        resolve({
          kind: 'not-started',
          status,
          reason: describeSpawnError(errorCode(cause), name),
          durationMs,
          ...(errorCode(cause) === 'EAGAIN' && { lacksProcess: true }),
        })
      }
    })
  })
  return { pid: subprocess.pid, relays, ended, problem: output.problem }
}

function notStarted(status: 126 | 127, reason: string, durationMs: number): Job {
  const ended = Promise.resolve<JobEnd>({ kind: 'not-started', status, reason, durationMs })
  return { pid: undefined, relays: [], ended, problem: undefined }
}

/** Why the command cannot be run, with what may have been meant. */
function withHint(lookup: Lookup, argv: readonly string[]): Lookup {
  const [name = ''] = argv
  if (lookup.kind === 'found') return lookup
  // `.` is a folder of each folder on PATH.
  const isMissing = lookup.status === 127 || isShellBuiltin(name)
  const hint = isMissing ? hintFor(argv) : ''
  return hint === '' ? lookup : { ...lookup, status: 127, reason: `command not found: ${name}${hint}` }
}

/** execa takes any number; its types stop at 9. */
type Stdio = NonNullable<Options['stdio']>

interface Output {
  /** What the job gets as descriptors 1 and 2. */
  readonly targets: readonly [number, number]
  readonly startRelays: () => readonly OutputRelay[]
  readonly problem?: string
}

/** Pipes for what is open; one for both where both lead to the same place, so that their order there is kept. */
function outputFor({ onOutput, notes }: JobPlan): Output {
  if (onOutput === undefined) return { targets: [1, 2], startRelays: () => [] }
  const open = ([1, 2] as const).filter(descriptor => !notes.closedDescriptors.includes(descriptor))
  const shared = open.length === 2 && leadToTheSame(1, 2)
  const captured = shared ? open.slice(0, 1) : open
  const pipes = openPipes(captured.length, notes.pipes)
  if ('problem' in pipes) {
    return {
      targets: [1, 2],
      startRelays: () => [],
      problem: `no pipe for the job's output, which is not reported: ${pipes.problem}`,
    }
  }
  const writeEnds = new Map(
    captured.map((descriptor, index) => [descriptor, pipes[index]?.writeEnd ?? descriptor]),
  )
  const startRelays = (): readonly OutputRelay[] =>
    captured.flatMap((descriptor, index) => {
      const pipe = pipes[index]
      return pipe ? [startOutputRelay(pipe.readEnd, descriptor, onOutput)] : []
    })
  const first = writeEnds.get(1) ?? 1
  return { targets: [first, shared ? first : (writeEnds.get(2) ?? 2)], startRelays }
}

function leadToTheSame(one: number, other: number): boolean {
  const first = fstatSync(one)
  const second = fstatSync(other)
  return first.dev === second.dev && first.ino === second.ino
}

/**
 * Descriptors 0 to 2, then those that Node.js would close for its children: at its start it marks 3 to 15 close-on-exec,
 * and on from there up to the first that is not open (libuv, uv_disable_stdio_inheritance).
 */
function stdioFor(notes: LaunchNotes, targets: readonly [number, number]): Stdio {
  const inherited = notes.inheritedDescriptors.filter(isOpen)
  const stdio: (number | 'ignore')[] = [0, ...targets]
  const last = inherited
    .filter((fd, _, all) => fd <= 15 || isRunFrom16(fd, all))
    .reduce((a, b) => Math.max(a, b), 2)
  for (let fd = 3; fd <= last; fd++) stdio.push(inherited.includes(fd) ? fd : 'ignore')
  return stdio as readonly unknown[] as Stdio
}

function isRunFrom16(fd: number, inherited: readonly number[]): boolean {
  for (let below = 16; below < fd; below++) if (!inherited.includes(below)) return false
  return true
}

/** The system's code if no descriptor is to be had. */
function whyNoDescriptor(): string | undefined {
  try {
    const pair = [openSync('/dev/null', 'r'), openSync('/dev/null', 'r')]
    for (const descriptor of pair) closeSync(descriptor)
    return undefined
  } catch (error) {
    return errorCode(error)
  }
}

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd)
    return true
  } catch {
    return false
  }
}
