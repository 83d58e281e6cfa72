/** Runs a real program as a shell would, in an environment that holds nothing but what the test gives. */

import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdirSync } from 'node:fs'
import type { Socket } from 'node:net'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { collect } from './capture.ts'
import { makeFifos } from './fifo.ts'
import { tempDir } from './temp.ts'

const inProject = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** TEST_EXECUTABLE names the folder of an executable, such as build/linux-x64, that is tested instead of bin/. */
const tested = inProject(process.env.TEST_EXECUTABLE || 'bin')

/** True if the executable is tested, which has its own runtime and neither Node.js nor dist/. */
export const isExecutable = Boolean(process.env.TEST_EXECUTABLE)

export const paths = {
  project: inProject('.').replace(/\/$/, ''),
  bin: {
    /** The job wrapper. */
    exec: join(tested, 'cronitor-exec'),
    /** All commands. */
    cronitor: join(tested, 'cronitor'),
    /** The job wrapper without its launcher: an argument for `node`. */
    execJs: inProject('bin/cronitor-exec.js'),
  },
  /** TEST_NODE names another Node.js than the one that runs the tests. */
  node: process.env.TEST_NODE || process.execPath,
} as const

/** 'pipe' is a FIFO, 'null' is /dev/null, a number is a descriptor of this process. */
export type Stdio = 'pipe' | 'null' | number

export interface RunOptions {
  /**
   * On top of PATH, HOME, CRONITOR_NODE, CRONITOR_SPOOL_DIR and CRONITOR_DATA_DIR (folders of this run's own, beside its
   * HOME) and CRONITOR_NO_COURIER; `undefined` takes one of these away.
   */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** What stands on stdin, which is then closed. Without it stdin is /dev/null. */
  readonly input?: Buffer | string
  /** Default: the folder that is HOME. */
  readonly cwd?: string
  /** After this the whole process group is killed and the promise rejects. Default: 30,000. */
  readonly timeoutMs?: number
  /** For descriptors 0, 1, 2 and on. Those that are not named: stdin as `input` says, stdout and stderr 'pipe'. */
  readonly stdio?: readonly Stdio[]
  /** Takes stdout as it comes; then nothing of it is kept or captured. */
  readonly onStdout?: (chunk: Buffer) => void
  /** The same for stderr. */
  readonly onStderr?: (chunk: Buffer) => void
}

export interface Ended {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  /** From the start to the end of the process that was started, in milliseconds. */
  readonly elapsedMs: number
}

export interface RunResult extends Ended {
  readonly stdout: Buffer
  readonly stderr: Buffer
}

export interface Running {
  readonly pid: number
  /** HOME, unless `env` names another. */
  readonly home: string
  /** Where the stdio entry is 'pipe'; pausing stdout or stderr stalls the program. */
  readonly stdin: Socket | undefined
  readonly stdout: Socket | undefined
  readonly stderr: Socket | undefined
  /** What has come so far. */
  readonly output: () => { readonly stdout: Buffer; readonly stderr: Buffer }
  /** To the process alone; `signalGroup` is what a terminal does. */
  readonly signal: (signal: NodeJS.Signals) => void
  readonly signalGroup: (signal: NodeJS.Signals) => void
  /** When the process that was started has ended, whoever may still hold its pipes. */
  readonly exited: Promise<Ended>
  /** When in addition nobody holds stdout and stderr any more. */
  readonly done: Promise<RunResult>
}

/** Runs a program to its end; rejects if it cannot be started or takes longer than `timeoutMs`. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return await start(argv, options).done
}

/** Starts a program in a new session: it has no terminal, and signals for the tests do not reach it. */
export function start(argv: readonly string[], options: RunOptions = {}): Running {
  const [file = '', ...args] = argv
  const folder = tempDir('run')
  const home = join(folder, 'home')
  mkdirSync(home, { mode: 0o700 })

  const stdio: Stdio[] = [options.input === undefined ? 'null' : 'pipe', 'pipe', 'pipe']
  options.stdio?.forEach((entry, fd) => {
    stdio[fd] = entry
  })
  const wanted: Record<string, 'in' | 'out'> = {}
  stdio.forEach((entry, fd) => {
    if (entry === 'pipe') wanted[fd] = fd === 0 ? 'in' : 'out'
  })
  const fifos = makeFifos(folder, wanted)

  const before = performance.now()
  const child = spawn(file, args, {
    cwd: options.cwd ?? home,
    env: environment(folder, home, options.env),
    stdio: stdio.map((entry, fd) =>
      entry === 'pipe' ? fifos[fd]?.childFd : entry === 'null' ? 'ignore' : entry,
    ),
    detached: true,
  })
  for (const fifo of Object.values(fifos)) closeSync(fifo.childFd)
  if (options.input !== undefined) fifos[0]?.stream.end(options.input)

  const stdout = collect(fifos[1]?.stream, `${basename(folder)}.stdout`, options.onStdout)
  const stderr = collect(fifos[2]?.stream, `${basename(folder)}.stderr`, options.onStderr)
  const exited = ending(child, before)
  const killGroup = (signal: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal)
    } catch {
      // ESRCH: all of it is gone.
    }
  }
  const giveUp = () => {
    killGroup('SIGKILL')
    // Something that left the group may hold the pipes; it is not waited for.
    for (const fifo of Object.values(fifos)) fifo.stream.destroy()
  }
  const done = within(options.timeoutMs ?? 100_000, argv, giveUp, async () => {
    const [ended] = await Promise.all([exited, stdout.ended, stderr.ended])
    fifos[0]?.stream.destroy()
    return { ...ended, stdout: stdout.bytes(), stderr: stderr.bytes() }
  })
  // Whoever waits for one of the two hears of a failure; the other is not an unhandled rejection.
  exited.catch(() => {})
  done.catch(() => {})

  return {
    pid: child.pid ?? -1,
    home,
    stdin: fifos[0]?.stream,
    stdout: fifos[1]?.stream,
    stderr: fifos[2]?.stream,
    output: () => ({ stdout: stdout.bytes(), stderr: stderr.bytes() }),
    signal: signal => void child.kill(signal),
    signalGroup: killGroup,
    exited,
    done,
  }
}

function environment(folder: string, home: string, given: RunOptions['env'] = {}): Record<string, string> {
  const all = {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: home,
    CRONITOR_NODE: paths.node,
    // Root's tests must not use the spool and the database of the machine, and none may leave a process behind.
    CRONITOR_SPOOL_DIR: join(folder, 'spool'),
    CRONITOR_DATA_DIR: join(folder, 'data'),
    CRONITOR_NO_COURIER: '1',
    ...given,
  }
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

function ending(child: ChildProcess, before: number): Promise<Ended> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (status, signal) => resolve({ status, signal, elapsedMs: performance.now() - before }))
  })
}

async function within<Result>(
  timeoutMs: number,
  argv: readonly string[],
  giveUp: () => void,
  work: () => Promise<Result>,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const tooLong = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      giveUp()
      reject(new Error(`not over after ${timeoutMs} ms: ${JSON.stringify(argv).slice(0, 400)}`))
    }, timeoutMs)
  })
  try {
    return await Promise.race([work(), tooLong])
  } finally {
    clearTimeout(timer)
  }
}
