/** Finds a command as execvp(3) does, and says why where it cannot be run. */

import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs'
import { errorCode } from '../system/errors.ts'
import { type JobEnvironment, variableValue } from './environment.ts'

/** 126: it is there and cannot be run; 127: it was not found (POSIX, shell command language, 2.8.2). */
export type Lookup =
  | { readonly kind: 'found'; readonly path: string }
  | { readonly kind: 'cannot-run'; readonly status: 126 | 127; readonly reason: string }

/** Where PATH is not set: what execvp of glibc and musl take. */
const DEFAULT_PATH = '/bin:/usr/bin'

export function lookUp(command: string, environment: JobEnvironment): Lookup {
  if (command.includes('/')) return judge(command, command)
  if (command === '') return missing(command)
  let refused: Lookup | undefined
  for (const folder of (variableValue(environment, 'PATH') ?? DEFAULT_PATH).split(':')) {
    const result = judge(folder === '' ? command : `${folder}/${command}`, command)
    if (result.kind === 'found') return result
    // execvp goes on after EACCES and ENOENT, and tells of the former in the end.
    if (result.status === 126 || result.reason.includes('interpreter')) refused ??= result
  }
  return refused ?? missing(command)
}

function judge(path: string, command: string): Lookup {
  try {
    if (statSync(path).isDirectory()) return cannotRun(126, `is a directory: ${path}`)
    accessSync(path, constants.X_OK)
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' && path.startsWith('.') && !hasWorkingDirectory()) {
      return cannotRun(127, `command not found: ${command} (the working directory no longer exists)`)
    }
    // execvp passes over what is no folder on PATH.
    if (code === 'ENOENT' || (code === 'ENOTDIR' && path !== command)) return missing(command)
    return cannotRun(126, code === 'EACCES' ? `permission denied: ${path}` : describeSpawnError(code, path))
  }
  const interpreter = interpreterOf(path)
  if (interpreter !== undefined) {
    try {
      accessSync(interpreter, constants.X_OK)
    } catch (error) {
      const problem = errorCode(error) === 'ENOENT' ? 'was not found' : 'cannot be run'
      return cannotRun(
        errorCode(error) === 'ENOENT' ? 127 : 126,
        `the interpreter ${interpreter} of ${path} ${problem}`,
      )
    }
  }
  return { kind: 'found', path }
}

/** The program after `#!`, of which Linux reads 256 bytes at the most (BINPRM_BUF_SIZE); undefined for all else. */
function interpreterOf(path: string): Buffer | undefined {
  let file: number | undefined
  try {
    file = openSync(path, 'r')
    const head = Buffer.alloc(256)
    const line = head.toString('latin1', 0, readSync(file, head)).split('\n')[0] ?? ''
    const [, interpreter] = /^#![ \t]*([^ \t\0]+)/.exec(line) ?? []
    return interpreter === undefined ? undefined : Buffer.from(interpreter, 'latin1')
  } catch {
    return undefined // A program may be executable and not readable.
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** What is said of an error of `spawn` for which the file itself gives no reason. */
export function describeSpawnError(code: string | undefined, path: string): string {
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

function missing(command: string): Lookup {
  return cannotRun(127, `command not found: ${command || "''"}`)
}

function cannotRun(status: 126 | 127, reason: string): Lookup & { kind: 'cannot-run' } {
  return { kind: 'cannot-run', status, reason }
}

function hasWorkingDirectory(): boolean {
  try {
    process.cwd()
    return true
  } catch {
    return false
  }
}
