/** The command lines of `cronitor crontab`. */

import type { Command } from 'commander'
import { flagsOf, newCommand, usageError } from '../command-line.ts'
import type { OptionRow } from '../option-table.ts'
import type {
  CrontabChangeFlags,
  CrontabCheckFlags,
  CrontabListFlags,
  CrontabWrapFlags,
  SourceFlags,
} from './crontab-flags.ts'
import {
  CRONTAB_CHECK_OPTIONS,
  CRONTAB_LIST_OPTIONS,
  CRONTAB_UNWRAP_OPTIONS,
  CRONTAB_WRAP_OPTIONS,
} from './crontab-options.ts'

const EXAMPLES = `
Examples:
  cronitor crontab list
  cronitor crontab wrap
  cronitor crontab wrap --apply --jobs nightly-backup,12
  cronitor crontab check --json
  cronitor crontab unwrap --apply

Without a file or --user, the commands take your own crontab; for root also
/etc/crontab and /etc/cron.d.

Exit status: 0 success; 1 something could not be read or written, for check also
drift or a job that cannot run; 2 the command line is wrong.
More: man cronitor-crontab`

export function crontabCommand(): Command {
  const crontab = newCommand('crontab', [])
    .description('Show the jobs of crontabs, and put cronitor-exec in front of them.')
    .usage('<command> [options] [file...]')
    .enablePositionalOptions()
    .addHelpText('after', EXAMPLES)
  return crontab
    .addCommand(
      part('list', 'List the jobs, when they run next, and what monitors them.', CRONTAB_LIST_OPTIONS).action(
        async (files: string[], flags: CrontabListFlags, self: Command) => {
          checkSources(files, flags)
          const { listCrontabs } = await import('./list.ts')
          process.exitCode = await listCrontabs(files, flagsOf(self, flags))
        },
      ),
    )
    .addCommand(
      part('check', 'Find jobs that are not monitored or cannot run.', CRONTAB_CHECK_OPTIONS).action(
        async (files: string[], flags: CrontabCheckFlags, self: Command) => {
          checkSources(files, flags)
          const { checkCrontabs } = await import('./check.ts')
          process.exitCode = checkCrontabs(files, flagsOf(self, flags))
        },
      ),
    )
    .addCommand(
      part('wrap', 'Put cronitor-exec in front of the jobs.', CRONTAB_WRAP_OPTIONS).action(
        async (files: string[], flags: CrontabWrapFlags, self: Command) => {
          checkSources(files, flags)
          const { wrapCrontabs } = await import('./wrap.ts')
          process.exitCode = await wrapCrontabs(files, flagsOf(self, flags))
        },
      ),
    )
    .addCommand(
      part('unwrap', 'Give the jobs their original lines back.', CRONTAB_UNWRAP_OPTIONS).action(
        async (files: string[], flags: CrontabChangeFlags, self: Command) => {
          checkSources(files, flags)
          const { unwrapCrontabs } = await import('./unwrap.ts')
          process.exitCode = await unwrapCrontabs(files, flagsOf(self, flags))
        },
      ),
    )
}

function part(name: string, description: string, options: readonly OptionRow[]): Command {
  return newCommand(name, options)
    .description(description)
    .usage('[options] [file...]')
    .argument('[file...]', "crontabs in files; default: your own crontab, and for root the system's")
}

function checkSources(files: readonly string[], { user, system }: SourceFlags): void {
  const given = [files.length > 0 && 'files', user !== undefined && '--user', system && '--system'].filter(
    Boolean,
  )
  if (user !== undefined && given.length > 1)
    throw usageError(`--user cannot be combined with ${given.find(each => each !== '--user')}`)
  if (files.includes('')) throw usageError('a file with an empty name was given')
}
