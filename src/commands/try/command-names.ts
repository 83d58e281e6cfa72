/** Which programs a command line will run, as far as that is certain without running it. */

import { isShellBuiltin } from '../../job/shell-tokens.ts'
import { type ShellToken, shellTokens } from './command-tokens.ts'

const ASSIGNMENT = /^([A-Za-z_][A-Za-z0-9_]*)\+?=/

/** A command follows these. */
const BEFORE_A_COMMAND: ReadonlySet<string> = new Set('! { do elif else if then time until while'.split(' '))

/** These end a part of the syntax. No command follows them at once. */
const CLOSING: ReadonlySet<string> = new Set('} done fi'.split(' '))

/** The next word is the command, if it is no option. */
const RUNS_NEXT: ReadonlySet<string> = new Set('command exec nohup setsid'.split(' '))

/** Behind these, a name may mean something else: another PATH, a function, an alias. */
const CHANGES_NAMES: ReadonlySet<string> = new Set('. alias eval export source unset'.split(' '))

/** The words at which this does not go on: it would have to know more of the shell's syntax. */
const NOT_READ: ReadonlySet<string> = new Set('[[ case coproc function select'.split(' '))

/**
 * The first word of each simple command, without builtins of the shell. It stops at the first place where the meaning of a
 * name may change or the syntax is not read, so that no name is wrong.
 */
export function commandNames(command: string): readonly string[] {
  const names = new Set<string>()
  const tokens = shellTokens(command)
  let isCommandNext = true
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index]
    if (token === undefined) break
    if (token.kind === 'redirection') {
      // The text of a here-document is no command.
      if (token.text.includes('<<')) break
      index++
      continue
    }
    if (token.kind === 'operator') {
      if (token.text === ';;') break
      isCommandNext = true
      continue
    }
    if (!isCommandNext) continue
    const step = readCommandWord(token, tokens[index + 1])
    if (step === 'stop') break
    if (step === 'loop') {
      index = endOfWordList(tokens, index)
      continue
    }
    isCommandNext = step === 'next'
    if (step === 'program') names.add(token.text)
  }
  return [...names]
}

/** `next`: the command is still to come. `other`: nothing is known about this command. */
type Step = 'program' | 'next' | 'other' | 'loop' | 'stop'

function readCommandWord(word: ShellToken & { kind: 'word' }, behind: ShellToken | undefined): Step {
  const { text, isLiteral, isQuoted } = word
  const [, assigned] = isQuoted && !/^[A-Za-z_]/.test(text) ? [] : (ASSIGNMENT.exec(text) ?? [])
  if (assigned !== undefined) return assigned === 'PATH' ? 'stop' : 'next'
  if (!isLiteral && !BEFORE_A_COMMAND.has(text)) return 'other'
  if (!isQuoted) {
    if (text === 'for') return 'loop'
    if (BEFORE_A_COMMAND.has(text)) return 'next'
    if (CLOSING.has(text)) return 'other'
    // `name ()` defines a function.
    if (NOT_READ.has(text) || CHANGES_NAMES.has(text) || isOpening(behind)) return 'stop'
  }
  if (RUNS_NEXT.has(text)) return isPlainWord(behind) ? 'next' : 'other'
  return isShellBuiltin(text) || text === '' ? 'other' : 'program'
}

function isOpening(token: ShellToken | undefined): boolean {
  return token?.kind === 'operator' && token.text === '('
}

function isPlainWord(token: ShellToken | undefined): boolean {
  return token?.kind === 'word' && token.isLiteral && !token.text.startsWith('-')
}

/** The place before the `;` or line feed behind `for NAME in WORD…`. */
function endOfWordList(tokens: readonly ShellToken[], start: number): number {
  const end = tokens.findIndex((token, index) => index > start && token.kind === 'operator')
  return end === -1 ? tokens.length : end - 1
}
