/**
 * Reads what bin/launch.sh noted about descriptors, limits, signals and the environment. Node.js changes them at its
 * start.
 */

import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { environmentFromBlock, type JobEnvironment } from './environment.ts'
import { LAUNCH_VARIABLE } from './launch-variable.ts'

export interface LaunchNotes {
  /** The variables that the wrapper was given; undefined if they are not known (no /proc). */
  readonly environment: JobEnvironment | undefined
  /**
   * The soft limit of open files as `ulimit -Sn` prints it; undefined if it equals the hard limit. Node.js raises the
   * soft limit to the hard one.
   */
  readonly softOpenFiles: string | undefined
  /** Numbers of the signals that were ignored; Node.js resets them to their defaults. */
  readonly ignoredSignals: readonly number[]
  /** Numbers of the signals that were blocked; Node.js unblocks all. */
  readonly blockedSignals: readonly number[]
  /** Descriptors 3 and up that a child would have inherited; Node.js closes most of them for its children. */
  readonly inheritedDescriptors: readonly number[]
  /** The descriptors among 0, 1 and 2 that were closed; Node.js opens /dev/null instead. */
  readonly closedDescriptors: readonly number[]
  /** Read ends of the pipes that the launcher made for the job's stdout and stderr. */
  readonly pipes: readonly number[]
  /**
   * A descriptor of the job's working directory; undefined if it is the wrapper's own. The launcher of the executable changes
   * to another if the job's was removed, because Bun does not start there.
   */
  readonly folder: number | undefined
}

/**
 * The prefix of the launcher's variables. If a variable with it existed before, the launcher notes the complete
 * environment.
 */
const LAUNCHERS = '_CRONITOR_'
/** The prefix for a variable that the runtime must not see. It is put back if the environment is not noted (no /proc). */
const KEPT = '_CRONITOR_KEPT_'
/** bin/old-node.js sets it if the launcher has started a Node.js that is too old. */
const OLD_VARIABLE = '_CRONITOR_OLD'
/** For bin/cronitor-exec.js: the launcher has asked Node.js for its version. */
const ASKED_VARIABLE = '_CRONITOR_ASKED'
/** Set by the executable's launcher: the number of that descriptor. */
const FOLDER_VARIABLE = '_CRONITOR_FOLDER'
/** For bin/save-code.js: the path of Node.js, and whether it accepts the flags of the inspector. */
const NODE_VARIABLE = '_CRONITOR_NODE'
/** Set by the library: the path of its Node.js. The command then tells it what happens (src/commands/host-channel.ts). */
export const HOST_VARIABLE = '_CRONITOR_HOST'
/** Set by the library: API keys, as JSON. The command line would show them to other users. */
export const HOST_KEYS_VARIABLE = '_CRONITOR_HOST_KEYS'
/** The launcher notes these with the job's environment, because they were there before it. */
const NOT_FOR_JOB: ReadonlySet<string> = new Set([OLD_VARIABLE, HOST_VARIABLE, HOST_KEYS_VARIABLE])

/**
 * Noted instead of the environment if this process has it unchanged but for an added PWD. It may be followed, in
 * base64, by the variables that a shell may have changed or dropped, and by END.
 */
const OWN = 'own'
/** The last of these variables. If it is missing, the launcher could not find the others (its grep lacks -z). */
const END = '_cx_end'

/**
 * Removes the notes from `env`, so that the job gets none of them. Without the launcher (`node bin/cronitor-exec.js`)
 * there are no notes: the fields are undefined or empty. `readOwn` reads /proc/self/environ.
 */
export function takeLaunchNotes(
  env: NodeJS.ProcessEnv,
  readOwn = () => readFileSync('/proc/self/environ'),
): LaunchNotes {
  const launched = env[LAUNCH_VARIABLE] !== undefined
  const [fds = '', closed = '', pipes = '', stat = '', soft = '', hard = '', environ = ''] = (
    env[LAUNCH_VARIABLE] ?? ''
  ).split('\n')
  // Only the executable's launcher leaves it empty (no /proc).
  if (env[LAUNCH_VARIABLE] === '') for (const name of SET_FOR_RUNTIME) delete env[name]
  delete env[LAUNCH_VARIABLE]
  let block = environ
  for (let piece = 2; env[`${LAUNCH_VARIABLE}_${piece}`] !== undefined; piece++) {
    block += env[`${LAUNCH_VARIABLE}_${piece}`]
    delete env[`${LAUNCH_VARIABLE}_${piece}`]
  }
  for (const name of NOT_FOR_JOB) delete env[name]
  delete env[ASKED_VARIABLE]
  delete env[NODE_VARIABLE]
  const folder = env[FOLDER_VARIABLE]
  delete env[FOLDER_VARIABLE]
  for (const name of Object.keys(env)) {
    if (!name.startsWith(KEPT)) continue
    if (block === '') env[name.slice(KEPT.length)] = env[name]
    delete env[name]
  }
  return {
    environment: block.startsWith(OWN)
      ? ownEnvironment(readOwn, block.slice(OWN.length + 1))
      : environmentFrom(block, launched, env),
    softOpenFiles: /^\d+$/.test(soft) && soft !== hard ? soft : undefined,
    ignoredSignals: signalsIn(stat, 33),
    // Shells themselves block CHLD for a moment.
    blockedSignals: signalsIn(stat, 32).filter(signal => signal !== constants.signals.SIGCHLD),
    inheritedDescriptors: numbers(fds),
    closedDescriptors: numbers(closed),
    pipes: numbers(pipes),
    folder: folder === undefined ? undefined : Number(folder),
  }
}

/** The executable's launcher sets them for the runtime. */
const SET_FOR_RUNTIME = [
  'JSC_SIGNAL_FOR_GC',
  'BUN_FEATURE_FLAG_DISABLE_DNS_CACHE',
  'BUN_GC_TIMER_INTERVAL',
  'BUN_JSC_useWarmUpMarkedBlocks',
]
/** Shells set most of these at their start, so the launcher adds them even to an empty environment. */
const SET_BY_LAUNCHER: ReadonlySet<string> = new Set(['PWD', 'OLDPWD', 'SHLVL', '_', ...SET_FOR_RUNTIME])

/** An empty `block`: the environment was empty or too large, or it could not be read. */
function environmentFrom(
  block: string,
  launched: boolean,
  env: NodeJS.ProcessEnv,
): JobEnvironment | undefined {
  if (block !== '') {
    const noted = environmentFromBlock(Buffer.from(block, 'base64'))
    return noted.filter(({ name }) => !NOT_FOR_JOB.has(name))
  }
  return launched && Object.keys(env).every(name => SET_BY_LAUNCHER.has(name)) ? [] : undefined
}

/** The environment that `readOwn` reads, with the original values from `changed` for what shells may change. */
function ownEnvironment(readOwn: () => Buffer, changed: string): JobEnvironment | undefined {
  const own = environmentFromBlock(readOrEmpty(readOwn))
  const original = changed === '' ? [] : environmentFromBlock(Buffer.from(changed, 'base64'))
  if (own.length === 0 || (changed !== '' && original.pop()?.name !== END)) return undefined
  const names = new Set([...SET_BY_LAUNCHER, ...original.map(({ name }) => name)])
  return [
    ...own.filter(({ name }) => !names.has(name) && !name.startsWith(LAUNCHERS)),
    ...original.filter(({ name }) => !NOT_FOR_JOB.has(name)),
  ]
}

function readOrEmpty(read: () => Buffer): Buffer {
  try {
    return read()
  } catch {
    return Buffer.alloc(0)
  }
}

/** `name 3 4` → 3, 4. */
function numbers(line: string): readonly number[] {
  return line
    .split(' ')
    .slice(1)
    .filter(word => word !== '')
    .map(Number)
}

/**
 * The signals 1 to 31 in a field of /proc/PID/stat, a decimal bit mask. `line` is `stat` and the fields after the
 * command's name, which start with field 3, the state (proc_pid_stat(5)).
 */
function signalsIn(line: string, field: 32 | 33): readonly number[] {
  const bits = Number(line.split(' ').filter(word => word !== '')[field - 2] ?? 0)
  if (!Number.isInteger(bits)) return []
  const signals: number[] = []
  for (let signal = 1; signal <= 31; signal++) {
    if (Math.floor(bits / 2 ** (signal - 1)) % 2 === 1) signals.push(signal)
  }
  return signals
}
