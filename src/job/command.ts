/** From the words after the monitor key to what is run: a program with its arguments, or a line for a shell. */

import { realpathSync, statSync } from 'node:fs'
import { environmentFromBlock, type JobEnvironment, variableValue } from './environment.ts'
import { lookUp } from './lookup.ts'
import { isShellBuiltin } from './shell-words.ts'

/** A word that a shell would take as one plain word, and so needs none. */
const PLAIN_WORD = /^[A-Za-z0-9_@%+:,./-]+$/

const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*=/

/** The one word that is an assignment and nothing more; with anything else in it, it is a line for the shell. */
const PLAIN_ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*=[A-Za-z0-9_@%+:,./=-]*$/

export interface Command {
  /** The program and its arguments. */
  readonly words: readonly string[]
  /** The same words as bytes, if one of them is no UTF-8. */
  readonly rawWords: readonly Buffer[] | undefined
  readonly environment: JobEnvironment
}

/** How many of the first words are `NAME=VALUE`, as env(1) has them in front of a command. */
export function assignmentsOf(words: readonly string[]): number {
  const [only = ''] = words
  if (words.length === 1) return PLAIN_ASSIGNMENT.test(only) ? 1 : 0
  const other = words.findIndex(word => !ASSIGNMENT.test(word))
  return other === -1 ? words.length : other
}

/**
 * Two or more words are a program and its arguments, behind variables for the job's environment. One word is a program
 * if it is plain, otherwise a command line for a shell, as crontab(5) has it. `shell` is the one that the wrapper was
 * told; else $SHELL, and /bin/sh if that is none.
 */
export function commandToRun(
  words: readonly string[],
  rawWords: readonly Buffer[] | undefined,
  given: JobEnvironment,
  shell?: string,
): Command {
  const [only] = words
  if (words.length !== 1 || only === undefined) return behindAssignments(words, rawWords, given)
  const isProgram =
    PLAIN_WORD.test(only) && !(isShellBuiltin(only) && lookUp(only, given).kind === 'cannot-run')
  if (isProgram) return { words, rawWords, environment: given }
  const start = [shell ?? shellOf(given), '-c']
  return {
    words: [...start, only],
    rawWords: rawWords && [...start.map(word => Buffer.from(word)), ...rawWords],
    environment: given,
  }
}

function behindAssignments(
  words: readonly string[],
  rawWords: readonly Buffer[] | undefined,
  given: JobEnvironment,
): Command {
  const count = assignmentsOf(words)
  if (count === 0) return { words, rawWords, environment: given }
  const entries = rawWords?.slice(0, count) ?? words.slice(0, count).map(word => Buffer.from(word))
  const set = environmentFromBlock(Buffer.concat(entries.flatMap(entry => [entry, Buffer.from('\0')])))
  const names = new Map(set.map(variable => [variable.name, variable]))
  return {
    words: words.slice(count),
    rawWords: rawWords?.slice(count),
    environment: [...given.filter(({ name }) => !names.has(name)), ...names.values()],
  }
}

/** Programs that an account is given in place of a shell so that nobody uses it as one: they run no command line. */
const SAYS_NO =
  /\/(nologin|false|true|sync|halt|shutdown|noshell|nullshell|nosh|git-shell|scponly|rssh|sftp-server)$/

/** Is this the absolute path of a program that may be a shell? */
export function isShell(path: string): boolean {
  if (!path.startsWith('/') || SAYS_NO.test(path)) return false
  try {
    // What is no file is not opened; a script is a shell only if its interpreter is there.
    return statSync(path).isFile() && !SAYS_NO.test(realpathSync(path)) && lookUp(path, []).kind === 'found'
  } catch {
    return false
  }
}

function shellOf(environment: JobEnvironment): string {
  const shell = variableValue(environment, 'SHELL')
  return shell !== undefined && isShell(shell) ? shell : '/bin/sh'
}
