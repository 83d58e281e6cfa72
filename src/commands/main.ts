/** Where bin/cronitor.js goes on. */

import type { Command } from 'commander'
import { complain, parse } from './command-line.ts'
import { USAGE_STATUS } from './exec/exec-command.ts'
import { program } from './program.ts'

/**
 * `release` gives the signals that have come since Node.js started, and stops keeping them. `restoreStdio` gives
 * process.stdin, stdout and stderr back, where bin/cronitor-exec.js has taken them away for a job's sake.
 */
export async function main(
  argv: readonly string[],
  release: () => NodeJS.Signals[],
  restoreStdio: () => void,
): Promise<void> {
  const cronitor = program({
    async exec(request) {
      const { runJob } = await import('./exec/exec.ts')
      await runJob(request, { release })
    },
    other() {
      release()
      restoreStdio()
    },
  })
  const result = await parse(cronitor, argv)
  switch (result.kind) {
    case 'parsed':
    case 'shown':
      return
    case 'usage-error':
      tellUsageError(commandMeant(cronitor, argv), result.problem)
      return
    default:
      result satisfies never
  }
}

function tellUsageError(command: readonly string[], problem: string): void {
  complain('cronitor', problem, ['cronitor', ...command].join(' '))
  process.exitCode = command[0] === 'exec' ? USAGE_STATUS : 2
}

/**
 * The words that lead to the command. If an option in front of its name is wrong, commander did not get as far as the
 * name.
 */
function commandMeant(cronitor: Command, argv: readonly string[]): readonly string[] {
  const find = (command: Command, words: readonly string[]) =>
    command.commands.find(each => words.includes(each.name()))
  const meant = find(cronitor, cronitor.args.slice(0, 1)) ?? find(cronitor, argv)
  if (meant === undefined || meant.name() === 'help') return []
  const part = find(meant, meant.args.slice(0, 1))
  return part === undefined ? [meant.name()] : [meant.name(), part.name()]
}
