/** The command line of `cronitor try`. */

import type { Command } from 'commander'
import { flagsOf, newCommand } from '../command-line.ts'
import { TRY_OPTIONS } from './try-options.ts'
import type { TryFlags } from './try-request.ts'

const EXAMPLES = `
Examples:
  cronitor try /etc/cron.d/backup:3
  cronitor try crontab:5
  cronitor try '0 2 * * * echo "$PATH"'
  cronitor try --print '0 2 * * * backup --full'

The output is what cron would mail. Exit status: the job's; 125 if the line is not
run, because cron would not run it or you may not; 2 if the command line is wrong.
More: man cronitor-try`

export function tryCommand(): Command {
  return newCommand('try', TRY_OPTIONS)
    .description('Run a line of a crontab as cron would.')
    .usage('[options] <FILE:LINE | crontab:LINE | crontab-line>')
    .argument('<line>', 'a line of a file or of your crontab, or the line itself in quotes')
    .addHelpText('after', EXAMPLES)
    .action(async (line: string, flags: TryFlags, self: Command) => {
      const { tryLine } = await import('./try.ts')
      await tryLine({ line, flags: flagsOf(self, flags) })
    })
}
