/** Builds `cronitor` from its commands. Each loads its code when it runs. */

import type { Command } from 'commander'
import { addOptions, newCommand, usageError, versionLine } from './command-line.ts'
import { completionsCommand } from './completions/completions-command.ts'
import { crontabCommand } from './crontab/crontab-command.ts'
import { configureCommand, doctorCommand } from './doctor/doctor-command.ts'
import { type ExecRequest, execCommand } from './exec/exec-command.ts'
import type { OptionRow } from './option-table.ts'
import { pingCommand } from './ping/ping-command.ts'
import { runsCommand } from './runs/runs-command.ts'
import { serveCommand } from './serve/serve-command.ts'
import { SETTINGS_OPTIONS } from './settings-options.ts'
import { spoolCommand } from './spool/spool-command.ts'
import { tryCommand } from './try/try-command.ts'

export interface Actions {
  exec(request: ExecRequest): Promise<void>
  /** Called before any other command, for which signals need not be queued. */
  other?(): unknown
}

/** @param control the options of job control, for exec; none if the command line names none of them */
export function program(actions: Actions, control: readonly OptionRow[] = []): Command {
  const cronitor = newCommand('cronitor', [])
    .description('Report jobs to the Cronitor Telemetry API.')
    .usage('[options] <command>')
    .version(versionLine('cronitor'), '-V, --version', 'show the version')
    .enablePositionalOptions()
    .addHelpText('after', EXAMPLES)
  addOptions(cronitor, SETTINGS_OPTIONS)
  cronitor.hook('preSubcommand', (_, subcommand) => {
    if (subcommand.name() !== 'exec') actions.other?.()
  })
  return cronitor
    .addCommand(execCommand('exec', request => actions.exec(request), control))
    .addCommand(pingCommand())
    .addCommand(serveCommand())
    .addCommand(runsCommand())
    .addCommand(spoolCommand())
    .addCommand(doctorCommand())
    .addCommand(configureCommand())
    .addCommand(tryCommand())
    .addCommand(crontabCommand())
    .addCommand(completionsCommand(all => program(actions, all)))
    .addCommand(helpCommand(cronitor))
}

function helpCommand(cronitor: Command): Command {
  return newCommand('help', [])
    .description('Show the help for a command.')
    .usage('[command]')
    .argument('[name...]')
    .action((names: readonly string[]) => {
      let command = cronitor
      for (const name of names) {
        const next = command.commands.find(each => each.name() === name)
        if (next === undefined) throw usageError(`there is no command '${names.join(' ')}'`)
        command = next
      }
      command.outputHelp()
    })
}

const EXAMPLES = `
Examples:
  cronitor exec nightly-backup /usr/local/bin/backup --full
  cronitor ping nightly-backup --complete --metric count:42
  cronitor serve --port 0
  cronitor runs --follow
  cronitor spool list
  cronitor doctor
  cronitor try crontab:3
  cronitor crontab list

More: cronitor <command> --help, man cronitor`
