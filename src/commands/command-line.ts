/** Builds commander's commands from the tables of options, and turns its errors into messages of one line. */

import { Command, CommanderError, Option } from 'commander'
import type { SettingsFlags } from '../settings/sources.ts'
import { writeMessage } from '../system/output-writer.ts'
import { printable } from '../system/printable.ts'
import { VERSION } from '../system/version.ts'
import { normalizeArguments } from './normalize-arguments.ts'
import type { OptionRow } from './option-table.ts'
import { print } from './terminal/print.ts'

/** The options that all commands share, by commander's names. */
export interface CommonFlags extends SettingsFlags {
  readonly quiet?: boolean
  readonly verbose?: boolean
}

const COLUMNS = 80

class NormalizingCommand extends Command {
  endsAtOperand = false

  override passThroughOptions(on = true): this {
    this.endsAtOperand = on
    return super.passThroughOptions(on)
  }

  /** Commander calls this with the arguments that it has not read yet. */
  override parseOptions(args: string[]) {
    return super.parseOptions(normalizeArguments(this, args, this.endsAtOperand))
  }
}

export function newCommand(name: string, options: readonly OptionRow[]): Command {
  const command = new NormalizingCommand(name)
    .exitOverride()
    .helpCommand(false)
    // Commander wraps descriptions only if this many columns are left beside the longest option; its default is too wide.
    .configureHelp({
      helpWidth: COLUMNS,
      minWidthToWrap: 20,
      subcommandTerm: part => part.name(),
      // Commander would add the choices, which the descriptions explain.
      optionDescription: option => option.description,
      argumentDescription: argument => argument.description,
    })
    .configureOutput({
      writeErr: () => {},
      // process.stdout would throw later if the reader goes away (`| head`), and bin/cronitor-exec.js removes it if a job
      // may be run.
      writeOut: print,
      // Commander would look at process.stdout, and so make a shared descriptor non-blocking.
      getOutHelpWidth: () => COLUMNS,
      getOutHasColors: () => false,
    })
    .helpOption('-h, --help', 'show this help')
  return addOptions(command, options)
}

export function addOptions(command: Command, options: readonly OptionRow[]): Command {
  for (const row of options) {
    const option = new Option(row.flags, helpText(row))
    // For commander, `--no-retry-on <statuses>` would be the contrary of `--retry-on`, because of its name.
    if (option.required) option.negate = false
    if (row.parse) option.argParser(row.parse)
    if (row.choices) option.argChoices = [...row.choices]
    if (row.implies) option.implies(row.implies)
    command.addOption(option)
  }
  return command
}

function helpText({ description, variable, otherwise }: OptionRow): string {
  const more = [variable, otherwise && `default: ${otherwise}`].filter(Boolean)
  const text = more.length > 0 ? `${description} (${more.join('; ')})` : description
  return text.replaceAll('`', '')
}

/**
 * The flags of a command and those before its name (`cronitor --env x exec`); the command's own take precedence.
 * Defaults are ignored, because commander's `true` for each `--no-...` would override a flag before the name.
 */
export function flagsOf<Flags extends CommonFlags>(command: Command, flags: Flags): Flags {
  return { ...flags, ...givenFlags(command) }
}

function givenFlags(command: Command | null): Readonly<Record<string, unknown>> {
  if (command === null) return {}
  const given = Object.entries(command.opts()).filter(
    ([name]) => command.getOptionValueSource(name) !== 'default',
  )
  return { ...givenFlags(command.parent), ...Object.fromEntries(given) }
}

export function versionLine(program: string): string {
  return `${program} ${VERSION}`
}

export type CommandLineResult =
  | { readonly kind: 'done' }
  /** Commander has printed the help or the version. */
  | { readonly kind: 'shown' }
  /** `problem` is one line. */
  | { readonly kind: 'usage-error'; readonly problem: string }

/** Parses the arguments and runs the command's action. */
export async function runCommandLine(command: Command, argv: readonly string[]): Promise<CommandLineResult> {
  try {
    await command.parseAsync(argv, { from: 'user' })
    return { kind: 'done' }
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return { kind: 'shown' }
    if (error.code === 'commander.help') return { kind: 'usage-error', problem: 'no command was given' }
    return { kind: 'usage-error', problem: withoutValue(oneLine(error.message)) }
  }
}

function oneLine(message: string): string {
  return message
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '')
}

/** A wrong value may contain a password (`--url https://me:password@host`), and stderr ends up in mails and logs. */
function withoutValue(problem: string): string {
  return problem
    .replace(/^(option '[^']*') argument '.*' is invalid\. /s, '$1: ')
    .replace(/^(unknown option '-[^-])[^']*'/s, "$1'")
    .replace(/^(unknown option '[^'=]*)=.*'( \(Did you mean [^']*\))?$/s, "$1'$2")
}

/** @param command the command whose help to suggest, such as `cronitor ping` */
export function writeUsageError(program: string, problem: string, command = program): void {
  writeMessage(2, `${program}: ${printable(problem)}; see ${command} --help\n`)
}

/** An error that an action finds in its arguments; reported in the same way as commander's. */
export function usageError(problem: string): CommanderError {
  return new CommanderError(1, 'cronitor.usage', problem)
}
