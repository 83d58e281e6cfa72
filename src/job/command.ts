/** From the words after the monitor key to what is run: a program with its arguments, or a line for a shell. */

import { accessSync, constants, statSync } from 'node:fs'
import { type JobEnvironment, variableValue } from './environment.ts'

/** A word that a shell would take as one plain word, and so needs none. */
const PLAIN_WORD = /^[A-Za-z0-9_@%+:,./-]+$/

/**
 * Two or more words are a program and its arguments. One word is a program where it is plain, otherwise a command
 * line for `$SHELL -c`, as crontab(5) has it; /bin/sh where SHELL is not set or cannot be run.
 */
export function commandToRun(words: readonly string[], environment: JobEnvironment): readonly string[] {
  const [only] = words
  if (words.length !== 1 || only === undefined || PLAIN_WORD.test(only)) return words
  return [shellOf(environment), '-c', only]
}

function shellOf(environment: JobEnvironment): string {
  const shell = variableValue(environment, 'SHELL')
  if (!shell) return '/bin/sh'
  try {
    accessSync(shell, constants.X_OK)
    // To search a folder is the same permission.
    return statSync(shell).isFile() ? shell : '/bin/sh'
  } catch {
    return '/bin/sh'
  }
}
