/** Where bin/cronitor.js goes on. */

import type { Command } from 'commander'
import { complain, parse } from './commands.ts'
import { USAGE_STATUS } from './exec-command.ts'
import { program } from './program.ts'

/**
 * `release` gives the signals that have come since Node.js started, and stops keeping them. `restoreStdio` gives
 * process.stdin, stdout and stderr back, where bin/leave-stdio.js has taken them away for a job's sake.
 */
export async function main(
  argv: readonly string[],
  release: () => NodeJS.Signals[],
  restoreStdio: () => void,
): Promise<void> {
  const cronitor = program({
    async exec(request) {
      const { runJob } = await import('./exec.ts')
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
      complain('cronitor', result.problem)
      process.exitCode = commandMeant(cronitor, argv) === 'exec' ? USAGE_STATUS : 2
      return
    default:
      result satisfies never
  }
}

/** Where an option in front of the command's name is wrong, commander did not get as far as the name. */
function commandMeant(cronitor: Command, argv: readonly string[]): string | undefined {
  const names = new Set(cronitor.commands.map(command => command.name()))
  return [cronitor.args[0] ?? '', ...argv].find(word => names.has(word))
}
