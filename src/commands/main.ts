/** The entry of dist/cronitor.js, which bin/cronitor.js calls. */

import type { Command } from 'commander'
import { USAGE_STATUS, WRAPPER_USAGE_STATUS } from '../job/exit-status.ts'
import { runCommandLine, writeUsageError } from './command-line.ts'
import { loadControlOptions } from './exec/load-control-options.ts'
import { openHostChannel } from './host-channel.ts'
import { type Actions, program } from './program.ts'

/**
 * @param release stops queueing signals and returns those received since Node.js started
 * @param restoreStdio brings back process.stdin, stdout and stderr, which bin/cronitor-exec.js removes to protect the
 *   job's descriptors
 */
export async function main(
  argv: readonly string[],
  release: () => NodeJS.Signals[],
  restoreStdio: () => void,
): Promise<void> {
  const actions: Actions = {
    async exec(request) {
      const { runJob } = await import('./exec/exec.ts')
      await runJob(request, { release })
    },
    other() {
      release()
      restoreStdio()
    },
  }
  const cronitor = program(actions, await loadControlOptions(argv))
  const result = await runCommandLine(cronitor, argv)
  switch (result.kind) {
    case 'done':
    case 'shown':
      return
    case 'usage-error':
      reportUsageError(commandPath(cronitor, argv), result.problem)
      return
    default:
      result satisfies never
  }
}

function reportUsageError(path: readonly string[], problem: string): void {
  const host = openHostChannel(process.env)
  if (host) host.tell({ kind: 'usage-error', problem })
  else writeUsageError('cronitor', problem, ['cronitor', ...path].join(' '))
  process.exitCode = path[0] === 'exec' ? WRAPPER_USAGE_STATUS : USAGE_STATUS
}

/**
 * The names of the command and its subcommand. If there is an error before a name, commander stops before it reads the
 * name.
 */
function commandPath(cronitor: Command, argv: readonly string[]): readonly string[] {
  const find = (command: Command, args: readonly string[]) =>
    command.commands.find(each => args.includes(each.name()))
  const command = find(cronitor, cronitor.args.slice(0, 1)) ?? find(cronitor, argv)
  if (command === undefined || command.name() === 'help') return []
  const subcommand = find(command, command.args.slice(0, 1))
  return subcommand === undefined ? [command.name()] : [command.name(), subcommand.name()]
}
