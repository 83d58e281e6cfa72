/** Reads what bin/launch.sh noted before Node.js started and changed it. */

import { readFileSync } from 'node:fs'
import { environmentFromBlock, type JobEnvironment } from './environment.ts'

export interface LaunchNotes {
  /** Each variable as the wrapper was given it; undefined where the system could not tell (no /proc). */
  readonly environment: JobEnvironment | undefined
  /** The soft limit of open files as `ulimit -Sn` prints it, where it is not the hard one: Node.js raises it to that. */
  readonly softOpenFiles: string | undefined
  /** Numbers of the signals that were ignored; Node.js resets them to their defaults. */
  readonly ignoredSignals: readonly number[]
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
const NODE_OPTIONS_VARIABLE = '_CRONITOR_NODE_OPTIONS'
/** Set by bin/old-node.js, where the launcher has started a Node.js that is too old. */
const OLD_VARIABLE = '_CRONITOR_OLD'
/** For bin/cronitor-exec.js: the launcher has asked Node.js for its version. */
const ASKED_VARIABLE = '_CRONITOR_ASKED'

/** In the place of the environment: this process has all of it as it was, with PWD added. */
const OWN = 'own'

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
  // Only where there is no /proc to take the whole environment from.
  if (env[NODE_OPTIONS_VARIABLE] !== undefined) {
    env.NODE_OPTIONS = env[NODE_OPTIONS_VARIABLE]
    delete env[NODE_OPTIONS_VARIABLE]
  }
  return {
    environment: block === OWN ? ownEnvironment(readOwn()) : environmentFrom(block, launched, env),
    softOpenFiles: /^\d+$/.test(soft) && soft !== hard ? soft : undefined,
    ignoredSignals: ignoredSignals(stat),
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

function ownEnvironment(block: Buffer): JobEnvironment {
  return environmentFromBlock(block).filter(({ name }) => name !== 'PWD' && !name.startsWith(LAUNCHERS))
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
 * The signals 1 to 31 that /proc/PID/stat calls ignored. `line` is `stat` and what is behind the command's name there,
 * so that field 3 (the state) comes first and field 33 (sigignore, a decimal bit map) is the 31st: proc_pid_stat(5).
 */
function ignoredSignals(line: string): readonly number[] {
  const bits = Number(line.split(' ').filter(word => word !== '')[31] ?? 0)
  if (!Number.isInteger(bits)) return []
  const signals: number[] = []
  for (let signal = 1; signal <= 31; signal++) {
    if (Math.floor(bits / 2 ** (signal - 1)) % 2 === 1) signals.push(signal)
  }
  return signals
}
