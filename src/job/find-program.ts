/** Finds a program as execvp(3) does, and says why it cannot be run. */

import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs'
import { errorCode } from '../system/errors.ts'
import { type JobEnvironment, variableValue } from './environment.ts'
import { NOT_FOUND_STATUS } from './exit-status.ts'
import { hintFor, isShellBuiltin } from './shell-tokens.ts'
import {
  cannotRun,
  commandNotFound,
  interpreterFailure,
  type StartFailure,
  spawnFailure,
} from './start-failure.ts'

export type FoundProgram =
  | { readonly kind: 'found'; readonly path: string }
  | ({ readonly kind: 'cannot-run' } & StartFailure)

/** The search path of execvp in glibc and musl if PATH is not set. */
const DEFAULT_PATH = '/bin:/usr/bin'

/** A `command` with a slash is a path. Any other is searched for in the folders of PATH. */
export function findProgram(
  command: string,
  environment: JobEnvironment,
  isFolderGone?: boolean,
): FoundProgram {
  if (command.includes('/')) return examine(command) ?? failed(missingPath(command, isFolderGone))
  if (command === '') return failed(commandNotFound(command))
  let firstFailure: FoundProgram | undefined
  for (const folder of (variableValue(environment, 'PATH') ?? DEFAULT_PATH).split(':')) {
    const found = examine(folder === '' ? command : `${folder}/${command}`, true)
    if (found?.kind === 'found') return found
    // After EACCES, execvp searches on, and reports EACCES only if no later folder has the program.
    firstFailure ??= found
  }
  return firstFailure ?? failed(commandNotFound(command))
}

/**
 * Why `argv` (a program and its arguments) cannot be run; undefined if it can. The reason may end with a hint.
 *
 * @param isFolderGone true if the job's working directory was removed; undefined: this process has the same
 */
export function whyCannotRun(
  argv: readonly string[],
  environment: JobEnvironment,
  isFolderGone?: boolean,
): StartFailure | undefined {
  const [name = ''] = argv
  const found = findProgram(name, environment, isFolderGone)
  if (found.kind === 'found') return undefined
  const { status, reason } = found
  // `.` is a builtin of shells. As a path it is the current folder, but "is a directory" would not help the user.
  const isMissing = status === NOT_FOUND_STATUS || isShellBuiltin(name)
  const hint = isMissing ? hintFor(argv) : ''
  return hint === '' ? { status, reason } : commandNotFound(name, hint)
}

/**
 * The path of a script without `#!`, which execvp(3) gives to /bin/sh because the kernel does not run it; undefined for any
 * other command.
 */
export function shellScript(command: string, environment: JobEnvironment): string | undefined {
  const found = findProgram(command, environment)
  if (found.kind !== 'found') return undefined
  const head = headOf(found.path)
  return head === undefined || head.startsWith('#!') || head.startsWith('\x7fELF') ? undefined : found.path
}

/** Undefined if nothing exists at `path`. With `isOnPath`, also if the entry of PATH is not a folder. */
function examine(path: string, isOnPath = false): FoundProgram | undefined {
  try {
    if (statSync(path).isDirectory()) return failed(cannotRun(`is a directory: ${path}`))
    accessSync(path, constants.X_OK)
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' || (code === 'ENOTDIR' && isOnPath)) return undefined
    return failed(code === 'EACCES' ? cannotRun(`permission denied: ${path}`) : spawnFailure(code, path))
  }
  const interpreter = interpreterOf(path)
  if (interpreter !== undefined) {
    try {
      accessSync(interpreter, constants.X_OK)
    } catch (error) {
      return failed(interpreterFailure(String(interpreter), path, errorCode(error) === 'ENOENT'))
    }
  }
  return { kind: 'found', path }
}

function failed(failure: StartFailure): FoundProgram {
  return { kind: 'cannot-run', ...failure }
}

function missingPath(path: string, isFolderGone = !hasWorkingDirectory()): StartFailure {
  return commandNotFound(
    path,
    path.startsWith('.') && isFolderGone ? ' (the working directory no longer exists)' : '',
  )
}

/** The interpreter after `#!`; undefined if there is none. */
function interpreterOf(path: string): Buffer | undefined {
  const [line = ''] = headOf(path)?.split('\n', 1) ?? []
  const [, interpreter] = /^#![ \t]*([^ \t\0]+)/.exec(line) ?? []
  return interpreter === undefined ? undefined : Buffer.from(interpreter, 'latin1')
}

/** The first 256 bytes, which Linux reads to recognise a program (BINPRM_BUF_SIZE), as latin1. */
function headOf(path: string): string | undefined {
  let file: number | undefined
  try {
    file = openSync(path, 'r')
    const head = Buffer.alloc(256)
    return head.toString('latin1', 0, readSync(file, head))
  } catch {
    return undefined // A program may be executable and not readable.
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

function hasWorkingDirectory(): boolean {
  try {
    process.cwd()
    return true
  } catch {
    return false
  }
}
