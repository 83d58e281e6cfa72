/** What a shell completes: the commands, options and arguments of a program, as commander has them. */

import type { Argument, Command, Option } from 'commander'

/** What can stand in a place of the command line. */
export type Value =
  | { readonly kind: 'choices'; readonly choices: readonly string[] }
  | { readonly kind: 'file' }
  | { readonly kind: 'folder' }
  | { readonly kind: 'monitor-key' }
  /** The command of a job and its arguments: the rest of the line. */
  | { readonly kind: 'job' }
  /** Nothing that a shell can know. */
  | { readonly kind: 'other' }

export interface CompletedOption {
  /** `-k` and `--api-key`. */
  readonly names: readonly string[]
  readonly description: string
  readonly isRepeatable: boolean
  /** Undefined for a switch. `name` is that of the value in the help, without brackets. */
  readonly value?: { readonly name: string } & Value
}

export interface CompletedArgument {
  readonly name: string
  readonly value: Value
  readonly isRepeated: boolean
}

export interface CompletedCommand {
  /** `['spool', 'list']`; empty for the program itself. */
  readonly path: readonly string[]
  readonly description: string
  readonly options: readonly CompletedOption[]
  readonly commands: readonly CompletedCommand[]
  readonly arguments: readonly CompletedArgument[]
}

export function completedCommand(command: Command, path: readonly string[] = []): CompletedCommand {
  const help = command.createHelp()
  const visible = help.visibleCommands(command)
  return {
    path,
    description: command.description().replace(/\.$/, ''),
    options: help.visibleOptions(command).map(completedOption),
    commands: visible.map(each => completedCommand(each, [...path, each.name()])),
    arguments: command.registeredArguments.map(completedArgument),
  }
}

/** The two programs, with all options of job control. */
export interface CompletedPrograms {
  readonly cronitor: CompletedCommand
  /** `cronitor-exec`. */
  readonly wrapper: CompletedCommand
}

/** A command and all below it. */
export function withSubcommands(command: CompletedCommand): readonly CompletedCommand[] {
  return [command, ...command.commands.flatMap(withSubcommands)]
}

/**
 * The options that a command line may have in front of a subcommand's name: those of the command, and of its subcommands. An
 * earlier option hides a later one with the same name, as in normalize-arguments.ts.
 */
export function optionsBeforeName(command: CompletedCommand): readonly CompletedOption[] {
  const known = new Map<string, CompletedOption>()
  for (const option of withSubcommands(command).flatMap(({ options }) => options)) {
    const isHidden = option.names.some(name => known.has(name))
    if (!isHidden) for (const name of option.names) known.set(name, option)
  }
  return [...new Set(known.values())]
}

function completedOption(option: Option): CompletedOption {
  const { short, long, description, flags, argChoices, parseArg } = option
  const name = /<(.+)>$/.exec(flags)?.[1]
  return {
    names: [short, long].flatMap(each => each ?? []),
    description,
    // Only a parser of repeated values reads the previous one.
    isRepeatable: (parseArg?.length ?? 0) > 1,
    ...(name !== undefined && { value: { name, ...meaningOf(name, argChoices) } }),
  }
}

function completedArgument(argument: Argument): CompletedArgument {
  const name = argument.name()
  return { name, value: meaningOf(name, argument.argChoices), isRepeated: argument.variadic }
}

/** @param name as the help has it; it says what the value is */
function meaningOf(name: string, choices: readonly string[] | undefined): Value {
  if (choices !== undefined) return { kind: 'choices', choices }
  switch (name) {
    case 'file':
    case 'program':
    case 'line':
      return { kind: 'file' }
    case 'dir':
      return { kind: 'folder' }
    case 'monitor-key':
      return { kind: 'monitor-key' }
    case 'command':
      return { kind: 'job' }
    default:
      return { kind: 'other' }
  }
}
