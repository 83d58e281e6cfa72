/** The programs that a command line runs, without what only stands in front of them: `nice -n 10 flock -n /tmp/x backup`. */

import { baseName, type SimpleCommand, simpleCommands } from './shell-words.ts'

interface Prefix {
  /** Options with a value as the next word. */
  readonly valued?: readonly string[]
  /** Arguments in front of the command: 1 for the duration of `timeout`. */
  readonly operands?: number
}

/** Programs and shell words that run the command behind them. */
const PREFIXES: Readonly<Record<string, Prefix>> = {
  '!': {},
  '{': {},
  if: {},
  elif: {},
  // biome-ignore lint/suspicious/noThenProperty: a word of the shell
  then: {},
  else: {},
  do: {},
  while: {},
  until: {},
  time: { valued: ['-f', '-o'] },
  exec: { valued: ['-a'] },
  command: {},
  nohup: {},
  setsid: {},
  chronic: {},
  cronic: {},
  nice: { valued: ['-n', '--adjustment'] },
  ionice: { valued: ['-c', '-n', '--class', '--classdata'] },
  chrt: { operands: 1 },
  taskset: { operands: 1 },
  stdbuf: { valued: ['-i', '-o', '-e'] },
  timeout: { valued: ['-k', '-s', '--kill-after', '--signal'], operands: 1 },
  flock: { valued: ['-w', '-E', '--timeout', '--wait', '--conflict-exit-code'], operands: 1 },
  sudo: { valued: ['-u', '-g', '-U', '-p', '-C', '-T', '-h', '-D', '-R', '--user', '--group'] },
  doas: { valued: ['-u', '-C'] },
  runuser: { valued: ['-u', '-g', '--user', '--group'] },
  env: { valued: ['-u', '-C', '-S', '--unset', '--chdir'] },
  runitor: { valued: ['-uuid', '-slug', '-ping-key', '-api-url', '-api-timeout', '-every'] },
  'systemd-cat': { valued: ['-t', '-p', '--identifier', '--priority'] },
  'systemd-inhibit': {},
}

/** So that a line made to be slow is not. */
const MAX_PREFIXES = 20

const SHELLS = /^(?:sh|bash|dash|ksh|zsh|ash)$/
const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*\+?=/

/** The simple commands of a command line and of the `sh -c '…'` in it, each with its program as the first word. */
export function programsOf(commandLine: string, depth = 0): readonly SimpleCommand[] {
  return simpleCommands(commandLine).flatMap(words => {
    const program = withoutPrefixes(words)
    const nested = depth < 3 ? nestedCommandLine(program) : undefined
    if (nested !== undefined) return programsOf(nested, depth + 1)
    return program.length === 0 ? [] : [program]
  })
}

function withoutPrefixes(words: SimpleCommand): SimpleCommand {
  let rest = words
  for (let count = 0; count < MAX_PREFIXES; count += 1) {
    const start = rest.findIndex(word => !ASSIGNMENT.test(word))
    if (start === -1) return []
    rest = rest.slice(start)
    const prefix = PREFIXES[baseName(rest[0] ?? '')]
    // `command -v NAME` runs nothing.
    if (prefix === undefined || (rest[0] === 'command' && /^-[vV]$/.test(rest[1] ?? ''))) return rest
    const operands = operandsOf(rest.slice(1), prefix.valued)
    rest = operands.slice(prefix.operands ?? 0)
    // `flock FILE -c 'COMMAND LINE'`
    if (rest[0] === '-c' && rest[1] !== undefined) return ['sh', ...rest]
    if (rest.length === 0) return operands.length === 0 ? words.slice(0, 1) : operands
  }
  return rest
}

/** The words from the first that is no option. */
export function operandsOf(words: SimpleCommand, valued: readonly string[] = []): SimpleCommand {
  let at = 0
  for (; at < words.length; at += 1) {
    const word = words[at] ?? ''
    if (word === '--') return words.slice(at + 1)
    if (!/^-./.test(word)) break
    if (valued.includes(word)) at += 1
  }
  return words.slice(at)
}

/** The command line in `sh -c '…'`, `bash -lc '…'` and `su -c '…' USER`. */
function nestedCommandLine(words: SimpleCommand): string | undefined {
  const [program = '', ...others] = words
  const name = baseName(program)
  if (!SHELLS.test(name) && name !== 'su' && name !== 'runuser') return undefined
  const option = others.findIndex(word => /^-[a-z]*c$/.test(word) || word === '--command')
  return option === -1 ? undefined : others[option + 1]
}
