/** The command line of `cronitor-exec` and `cronitor exec`. */

import type { Command } from 'commander'
import { assignmentsOf } from '../../job/command.ts'
import { checkMonitorKey } from '../../telemetry/monitor-key.ts'
import { type CommonFlags, flagsOf, newCommand, usageError, versionLine } from '../command-line.ts'
import type { OptionRow } from '../option-table.ts'
import { SETTINGS_OPTIONS } from '../settings-options.ts'
import { EXEC_OPTIONS } from './exec-options.ts'

export interface ExecFlags extends CommonFlags {
  readonly series?: string
  /** False with --no-output. */
  readonly output: boolean
  /** The absolute path of an executable file. */
  readonly shell?: string
  readonly ownGroup?: boolean
}

export interface ExecRequest {
  readonly monitorKey: string
  /** The arguments after the monitor key, at least one. */
  readonly argv: readonly string[]
  readonly flags: ExecFlags
  /** True if the command line may ask for job control. */
  readonly mayHaveControl: boolean
  /** Makes the error to throw for a mistake in the command line that is found later. */
  readonly usageError: (problem: string) => Error
}

const EXAMPLES = `
Two or more arguments are a program and its arguments. A single argument with
spaces or shell characters is a command line for $SHELL -c, as in a crontab.

Examples:
  cronitor-exec nightly-backup /usr/local/bin/backup --full
  cronitor-exec nightly-backup 'pg_dump app | gzip > /backup/app.gz'
  cronitor-exec --env staging --no-output deploy -- make deploy

In a crontab:
  PATH=/usr/local/bin:/usr/bin:/bin
  CRONITOR_API_KEY_FILE=/etc/cronitor/key
  0 2 * * *  cronitor-exec nightly-backup /usr/local/bin/backup

Exit status: the job's; 125 if the options or arguments are wrong, 126 if the
job cannot be run, 127 if it was not found. More: man cronitor-exec`

/** @param control the options of job control; none if the command line names none of them */
export function execCommand(
  name: string,
  run: (request: ExecRequest) => Promise<void>,
  control: readonly OptionRow[] = [],
): Command {
  const command = newCommand(name, [...EXEC_OPTIONS, ...control, ...SETTINGS_OPTIONS])
    .description('Run a job, and report its start, its end and the end of its output.')
    .usage('[options] <monitor-key> [--] <command> [arg...]')
    .argument('<monitor-key>')
    .argument('[command...]')
    .passThroughOptions()
    .addHelpText('after', EXAMPLES)
  if (name === 'cronitor-exec') command.version(versionLine(name), '-V, --version', 'show the version')
  return command.action((monitorKey: string, rest: readonly string[], flags: ExecFlags, self: Command) => {
    const problem = checkMonitorKey(monitorKey)
    if (problem !== undefined) throw usageError(`wrong monitor key: it ${problem}`)
    const argv = rest[0] === '--' ? rest.slice(1) : rest
    if (argv.length === 0) throw usageError(`no command to run after the monitor key ${monitorKey}`)
    if (assignmentsOf(argv) === argv.length) {
      throw usageError('no command to run after the variables (NAME=VALUE)')
    }
    return run({
      monitorKey,
      argv,
      flags: flagsOf(self, flags),
      mayHaveControl: control.length > 0,
      usageError,
    })
  })
}
