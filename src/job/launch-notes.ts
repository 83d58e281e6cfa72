/** Reads what bin/launch.sh noted before Node.js started and changed it. */

import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { environmentFromBlock, type JobEnvironment } from './environment.ts'

export interface LaunchNotes {
  /** Each variable as the wrapper was given it; undefined if the system could not tell (no /proc). */
  readonly environment: JobEnvironment | undefined
  /** The soft limit of open files as `ulimit -Sn` prints it, where it is not the hard one: Node.js raises it to that. */
  readonly softOpenFiles: string | undefined
  /** Numbers of the signals that were ignored; Node.js resets them to their defaults. */
  readonly ignoredSignals: readonly number[]
  /** Numbers of the signals that were blocked; Node.js blocks none. */
  readonly blockedSignals: readonly number[]
  /** Descriptors 3 and up that a child would have inherited; Node.js closes most of them for its children. */
  readonly inheritedDescriptors: readonly number[]
  /** Those of 0, 1, 2 that were closed; Node.js opens /dev/null in their place. */
  readonly closedDescriptors: readonly number[]
  /** Read ends of pipes that the launcher made, to carry the job's stdout and stderr. */
  readonly pipes: readonly number[]
}

export const LAUNCH_VARIABLE = '_CRONITOR_LAUNCH'
/** How all that the launcher adds begins; where one of these was there before, all of the environment is noted. */
const LAUNCHERS = '_CRONITOR_'
/** In front of the name of a variable that Node.js must not see, in case the environment cannot be noted (no /proc). */
const KEPT = '_CRONITOR_KEPT_'
/** Set by bin/old-node.js, where the launcher has started a Node.js that is too old. */
const OLD_VARIABLE = '_CRONITOR_OLD'
/** For bin/cronitor-exec.js: the launcher has asked Node.js for its version. */
const ASKED_VARIABLE = '_CRONITOR_ASKED'
/** For bin/save-code.js: the path of Node.js, and whether it takes the flags for the inspector. */
const NODE_VARIABLE = '_CRONITOR_NODE'

/**
 * In the place of the environment: this process has all of it as it was, with PWD added. Behind it in base64 may stand
 * all variables that a shell may have changed or dropped, and END.
 */
const OWN = 'own'
/** The last of them: without it the launcher could not find them. */
const END = '_cx_end'

/**
 * Takes the notes out of `env`, so that nothing of them reaches the job. Without the launcher
 * (`node bin/cronitor-exec.js`) there are none, and each field says so. `readOwn` gives /proc/self/environ.
 */
export function takeLaunchNotes(
  env: NodeJS.ProcessEnv,
  readOwn = () => readFileSync('/proc/self/environ'),
): LaunchNotes {
  const launched = env[LAUNCH_VARIABLE] !== undefined
  const [fds = '', closed = '', pipes = '', stat = '', soft = '', hard = '', environ = ''] = (
    env[LAUNCH_VARIABLE] ?? ''
  ).split('\n')
  delete env[LAUNCH_VARIABLE]
  let block = environ
  for (let piece = 2; env[`${LAUNCH_VARIABLE}_${piece}`] !== undefined; piece++) {
    block += env[`${LAUNCH_VARIABLE}_${piece}`]
    delete env[`${LAUNCH_VARIABLE}_${piece}`]
  }
  delete env[OLD_VARIABLE]
  delete env[ASKED_VARIABLE]
  delete env[NODE_VARIABLE]
  for (const name of Object.keys(env)) {
    if (!name.startsWith(KEPT)) continue
    env[name.slice(KEPT.length)] = env[name]
    delete env[name]
  }
  return {
    environment: block.startsWith(OWN)
      ? ownEnvironment(readOwn, block.slice(OWN.length + 1))
      : environmentFrom(block, launched, env),
    softOpenFiles: /^\d+$/.test(soft) && soft !== hard ? soft : undefined,
    ignoredSignals: signalsIn(stat, 33),
    // CHLD is blocked by shells themselves, for a moment.
    blockedSignals: signalsIn(stat, 32).filter(signal => signal !== constants.signals.SIGCHLD),
    inheritedDescriptors: numbers(fds),
    closedDescriptors: numbers(closed),
    pipes: numbers(pipes),
  }
}

/** Set by shells at their start, so that an empty environment has them behind the launcher. */
const SET_BY_SHELLS: ReadonlySet<string> = new Set(['PWD', 'OLDPWD', 'SHLVL', '_'])

/** Nothing was noted of an empty environment, nor of one that was too large or could not be read. */
function environmentFrom(
  block: string,
  launched: boolean,
  env: NodeJS.ProcessEnv,
): JobEnvironment | undefined {
  if (block !== '') {
    const noted = environmentFromBlock(Buffer.from(block, 'base64'))
    return noted.filter(({ name }) => name !== OLD_VARIABLE)
  }
  return launched && Object.keys(env).every(name => SET_BY_SHELLS.has(name)) ? [] : undefined
}

/** What `readOwn` gives, in which `changed` has the right values of what shells may change. */
function ownEnvironment(readOwn: () => Buffer, changed: string): JobEnvironment | undefined {
  const own = environmentFromBlock(readOrEmpty(readOwn))
  const original = environmentFromBlock(Buffer.from(changed, 'base64'))
  if (own.length === 0 || (changed !== '' && original.pop()?.name !== END)) return undefined
  const names = new Set([...SET_BY_SHELLS, ...original.map(({ name }) => name)])
  return [...own.filter(({ name }) => !names.has(name) && !name.startsWith(LAUNCHERS)), ...original]
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
 * The signals 1 to 31 in a field of /proc/PID/stat, a decimal bit map. `line` is `stat` and what is behind the command's
 * name there, so that field 3 (the state) comes first: proc_pid_stat(5).
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
