/** Commands as commander has them: options from the table, usage errors as one line, help on request. */

import { Command, CommanderError, Option } from 'commander'
import type { SettingsFlags } from '../settings/sources.ts'
import { writeMessage } from '../system/output-writer.ts'
import { printable } from '../system/printable.ts'
import { VERSION } from '../system/version.ts'
import { asCommanderReads } from './given-words.ts'
import type { OptionRow } from './option-table.ts'
import { print } from './terminal/print.ts'

/** The options that all commands share, as commander names them. */
export interface CommonFlags extends SettingsFlags {
  readonly quiet?: boolean
  readonly verbose?: boolean
}

const COLUMNS = 80

class OwnCommand extends Command {
  endsAtOperand = false

  override passThroughOptions(on = true): this {
    this.endsAtOperand = on
    return super.passThroughOptions(on)
  }

  /** Called by commander with the words that it has not read yet. */
  override parseOptions(words: string[]) {
    return super.parseOptions(asCommanderReads(this, words, this.endsAtOperand))
  }
}

export function newCommand(name: string, options: readonly OptionRow[]): Command {
  const command = new OwnCommand(name)
    .exitOverride()
    .helpCommand(false)
    // Less room than commander needs to wrap descriptions is left beside our longest options.
    .configureHelp({ helpWidth: COLUMNS, minWidthToWrap: 20, subcommandTerm: part => part.name() })
    .configureOutput({
      writeErr: () => {},
      // Not by process.stdout, which a reader that goes away (`| head`) makes throw later, and which bin/cronitor-exec.js
      // takes away where a job may be run.
      writeOut: print,
    })
    .helpOption('-h, --help', 'show this help')
  return addOptions(command, options)
}

export function addOptions(command: Command, options: readonly OptionRow[]): Command {
  for (const row of options) {
    const option = new Option(row.flags, describe(row))
    if (row.parse) option.argParser(row.parse)
    if (row.implies) option.implies(row.implies)
    command.addOption(option)
  }
  return command
}

function describe({ description, variable, otherwise }: OptionRow): string {
  const more = [variable, otherwise && `default: ${otherwise}`].filter(Boolean)
  const text = more.length > 0 ? `${description} (${more.join('; ')})` : description
  return text.replaceAll('`', '')
}

/**
 * The flags of a command, with those that were given in front of its name (`cronitor --env x exec`) where it was given
 * none itself. A default counts as not given: commander's `true` for each `--no-...` would hide what stands in front.
 */
export function flagsOf<Flags extends CommonFlags>(command: Command, flags: Flags): Flags {
  return { ...flags, ...givenTo(command) }
}

function givenTo(command: Command | null): Readonly<Record<string, unknown>> {
  if (command === null) return {}
  const own = Object.entries(command.opts()).filter(
    ([name]) => command.getOptionValueSource(name) !== 'default',
  )
  return { ...givenTo(command.parent), ...Object.fromEntries(own) }
}

export function versionLine(program: string): string {
  return `${program} ${VERSION}`
}

export type Parsed =
  | { readonly kind: 'parsed' }
  | { readonly kind: 'shown' }
  | { readonly kind: 'usage-error'; readonly problem: string }

/**
 * Parses and runs the command's action. Help and version are printed by commander (`shown`); what is wrong with the
 * command line comes back as one line.
 */
export async function parse(command: Command, argv: readonly string[]): Promise<Parsed> {
  try {
    await command.parseAsync(argv, { from: 'user' })
    return { kind: 'parsed' }
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

/** A wrong value may hold a password (`--url https://me:password@host`), and stderr ends in mails and logs. */
function withoutValue(problem: string): string {
  return problem
    .replace(/^(option '[^']*') argument '.*' is invalid\. /s, '$1: ')
    .replace(/^(unknown option '-[^-])[^']*'/s, "$1'")
    .replace(/^(unknown option '[^'=]*)=.*'( \(Did you mean [^']*\))?$/s, "$1'$2")
}

/** `command`: the words that lead to the help that is meant, such as `cronitor ping`. */
export function complain(program: string, problem: string, command = program): void {
  writeMessage(2, `${program}: ${printable(problem)}; see ${command} --help\n`)
}

/** An action's own finding about the command line, told in the same way as commander's. */
export function usageError(problem: string): CommanderError {
  return new CommanderError(1, 'cronitor.usage', problem)
}
