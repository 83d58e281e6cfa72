/** The command lines of `cronitor spool`. */

import type { Command } from 'commander'
import { type CommonFlags, flagsOf, newCommand } from '../command-line.ts'
import type { OptionRow } from '../option-table.ts'
import { SETTINGS_OPTIONS } from '../settings-options.ts'
import type { SpoolDropFlags, SpoolListFlags, SpoolRetryFlags } from './spool-flags.ts'
import { SPOOL_DROP_OPTIONS, SPOOL_LIST_OPTIONS, SPOOL_RETRY_OPTIONS } from './spool-options.ts'

const EXAMPLES = `
Examples:
  cronitor spool list
  cronitor spool list --rejected --json
  cronitor spool flush --deliver-within 1m
  cronitor spool retry
  cronitor spool drop --rejected --older-than 1d

Exit status: 0 success, 1 failure or, for flush, events remain, 2 the command
line is wrong. More: man cronitor-spool`

export function spoolCommand(): Command {
  const spool = newCommand('spool', [])
    .description('List, deliver and delete undelivered events.')
    .usage('<command> [options]')
    .enablePositionalOptions()
    .addHelpText('after', EXAMPLES)
  return spool
    .addCommand(
      part('list', 'List waiting events, or with --rejected refused events.', SPOOL_LIST_OPTIONS).action(
        async (flags: SpoolListFlags, self: Command) => {
          const { listSpool } = await import('./list.ts')
          process.exitCode = await listSpool(flagsOf(self, flags))
        },
      ),
    )
    .addCommand(
      part('flush', 'Deliver waiting events now.', []).action(async (flags: CommonFlags, self: Command) => {
        const { flushSpool } = await import('./flush.ts')
        // Leaves at once: idle connections would keep Node.js waiting.
        process.exit(await flushSpool(flagsOf(self, flags)))
      }),
    )
    .addCommand(
      part('retry', 'Put refused events back into the queue.', SPOOL_RETRY_OPTIONS).action(
        async (flags: SpoolRetryFlags, self: Command) => {
          const { retryRejected } = await import('./retry.ts')
          process.exitCode = await retryRejected(flagsOf(self, flags))
        },
      ),
    )
    .addCommand(
      part('drop', 'Delete waiting events, or with --rejected refused events.', SPOOL_DROP_OPTIONS).action(
        async (flags: SpoolDropFlags, self: Command) => {
          const { dropEvents } = await import('./drop.ts')
          process.exitCode = await dropEvents(flagsOf(self, flags))
        },
      ),
    )
    .addCommand(
      // Started by the wrapper, which writes the settings to its stdin.
      newCommand('courier', []).action(async () => {
        const { runCourier } = await import('./run-courier.ts')
        await runCourier()
        process.exit(0)
      }),
      { hidden: true },
    )
}

function part(name: string, description: string, options: readonly OptionRow[]): Command {
  return newCommand(name, [...options, ...SETTINGS_OPTIONS])
    .description(description)
    .usage('[options]')
}
