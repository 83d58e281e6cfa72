/** Why a job cannot be started: the exit status, and the reason for messages and events. */

import { CANNOT_LOCK_STATUS, CANNOT_RUN_STATUS, type LOCKED_STATUS, NOT_FOUND_STATUS } from './exit-status.ts'

export interface StartFailure {
  readonly status:
    | typeof CANNOT_RUN_STATUS
    | typeof NOT_FOUND_STATUS
    | typeof LOCKED_STATUS
    | typeof CANNOT_LOCK_STATUS
  readonly reason: string
}

export function cannotRun(reason: string): StartFailure {
  return { status: CANNOT_RUN_STATUS, reason }
}

/** `problem` is the end of a sentence. */
export function cannotLock(problem: string): StartFailure {
  return { status: CANNOT_LOCK_STATUS, reason: `not run, because the lock cannot be taken: ${problem}` }
}

/** `hint` is put after the command in the message. */
export function commandNotFound(command: string, hint = ''): StartFailure {
  return { status: NOT_FOUND_STATUS, reason: `command not found: ${command || "''"}${hint}` }
}

export function interpreterFailure(interpreter: string, script: string, isMissing: boolean): StartFailure {
  const program = `the interpreter ${interpreter} of ${script}`
  return isMissing
    ? { status: NOT_FOUND_STATUS, reason: `${program} was not found` }
    : cannotRun(`${program} cannot be run`)
}

/** For an error of execve(2) or `spawn`; `code` is the system's error code. */
export function spawnFailure(code: string | undefined, path: string): StartFailure {
  const reason = describeSpawnError(code, path)
  return { status: code === 'ENOENT' ? NOT_FOUND_STATUS : CANNOT_RUN_STATUS, reason }
}

function describeSpawnError(code: string | undefined, path: string): string {
  switch (code) {
    case 'E2BIG':
      return `argument list too long: ${path}`
    case 'EAGAIN':
    case 'ENOMEM':
      return `no process to be had for ${path} (${code})`
    case 'EMFILE':
    case 'ENFILE':
      return `too many files are open to start ${path} (${code})`
    case 'ENOTDIR':
      return `not a directory on the way to ${path}`
    case 'ETXTBSY':
      return `is being written: ${path}`
    default:
      return `cannot be run: ${path} (${code ?? 'unknown error'})`
  }
}
