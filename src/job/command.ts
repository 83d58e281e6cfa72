/** Decides how the arguments after the monitor key are run: as a program with arguments, or as a command line for a shell. */

import { realpathSync, statSync } from 'node:fs'
import { environmentFromBlock, type JobEnvironment, variableValue } from './environment.ts'
import { findProgram } from './find-program.ts'
import { isShellBuiltin } from './shell-tokens.ts'

/** An argument that a shell would not change. */
const PLAIN_ARGUMENT = /^[A-Za-z0-9_@%+:,./-]+$/

const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*=/

/** A single argument that is only an assignment. With any other character, it is a command line for a shell. */
const PLAIN_ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*=[A-Za-z0-9_@%+:,./=-]*$/

export interface Command {
  /** The program and its arguments. */
  readonly argv: readonly string[]
  /** The same arguments as bytes; undefined if all are valid UTF-8. */
  readonly rawArgv: readonly Buffer[] | undefined
  readonly environment: JobEnvironment
}

/** The number of arguments at the front that have the form `NAME=VALUE`, as for env(1). */
export function assignmentsOf(argv: readonly string[]): number {
  const [only = ''] = argv
  if (argv.length === 1) return PLAIN_ASSIGNMENT.test(only) ? 1 : 0
  const other = argv.findIndex(argument => !ASSIGNMENT.test(argument))
  return other === -1 ? argv.length : other
}

/**
 * Two or more arguments are variables for the job's environment, then a program and its arguments. A single plain argument is a
 * program; any other is a command line for a shell, as in crontab(5).
 *
 * @param shell chosen by the user; otherwise $SHELL is used, or /bin/sh if $SHELL is not a shell
 */
export function commandToRun(
  argv: readonly string[],
  rawArgv: readonly Buffer[] | undefined,
  given: JobEnvironment,
  shell?: string,
): Command {
  const [only] = argv
  if (argv.length !== 1 || only === undefined) return behindAssignments(argv, rawArgv, given)
  const isProgram =
    PLAIN_ARGUMENT.test(only) && !(isShellBuiltin(only) && findProgram(only, given).kind === 'cannot-run')
  if (isProgram) return { argv, rawArgv, environment: given }
  const start = [shell ?? shellOf(given), '-c']
  return {
    argv: [...start, only],
    rawArgv: rawArgv && [...start.map(argument => Buffer.from(argument)), ...rawArgv],
    environment: given,
  }
}

function behindAssignments(
  argv: readonly string[],
  rawArgv: readonly Buffer[] | undefined,
  given: JobEnvironment,
): Command {
  const count = assignmentsOf(argv)
  if (count === 0) return { argv, rawArgv, environment: given }
  const entries = rawArgv?.slice(0, count) ?? argv.slice(0, count).map(argument => Buffer.from(argument))
  const set = environmentFromBlock(Buffer.concat(entries.flatMap(entry => [entry, Buffer.from('\0')])))
  const names = new Map(set.map(variable => [variable.name, variable]))
  return {
    argv: argv.slice(count),
    rawArgv: rawArgv?.slice(count),
    environment: [...given.filter(({ name }) => !names.has(name)), ...names.values()],
  }
}

/** Login shells of accounts that nobody may log in to. They run no command line. */
const SAYS_NO =
  /\/(nologin|false|true|sync|halt|shutdown|noshell|nullshell|nosh|git-shell|scponly|rssh|sftp-server)$/

/** True for the absolute path of a program that may be a shell. */
export function isShell(path: string): boolean {
  if (!path.startsWith('/') || SAYS_NO.test(path)) return false
  try {
    // Only regular files are opened. A script is a shell only if its interpreter exists.
    return (
      statSync(path).isFile() && !SAYS_NO.test(realpathSync(path)) && findProgram(path, []).kind === 'found'
    )
  } catch {
    return false
  }
}

function shellOf(environment: JobEnvironment): string {
  const shell = variableValue(environment, 'SHELL')
  return shell !== undefined && isShell(shell) ? shell : '/bin/sh'
}
