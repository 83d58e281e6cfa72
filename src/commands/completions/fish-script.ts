/** Writes the completions for fish: a call of `complete` for each option (complete(1)). */

import {
  type CompletedArgument,
  type CompletedCommand,
  type CompletedOption,
  type CompletedPrograms,
  optionsBeforeName,
  type Value,
  withSubcommands,
} from './completed-command.ts'
import functions from './functions.fish'

export function fishScript({ cronitor, wrapper }: CompletedPrograms): string {
  const commands = [
    ...withSubcommands(cronitor).map(command => ({ ...command, path: ['cronitor', ...command.path] })),
    { ...wrapper, path: ['cronitor-exec'] },
  ]
  return `${functions}${words('__cronitor_commands', commands, ({ commands }) => commands.map(lastName))}
# The options with a value, also those that belong to a subcommand and stand before its name.
${words('__cronitor_values', commands, command =>
  optionsBeforeName(command).flatMap(({ names, value }) => (value === undefined ? [] : names)),
)}
complete -c cronitor -e
complete -c cronitor-exec -e
complete -c cronitor -f
complete -c cronitor-exec -f
${commands.flatMap(completeLines).join('\n')}
`
}

function words(
  name: string,
  commands: readonly CompletedCommand[],
  of: (command: CompletedCommand) => readonly string[],
): string {
  const cases = commands
    .map(command => ({ path: command.path.join(' '), list: of(command) }))
    .filter(({ list }) => list.length > 0)
    .map(({ path, list }) => `        case '${path}'\n            printf '%s\\n' ${list.join(' ')}\n`)
  return `function ${name}\n    switch "$argv"\n${cases.join('')}    end\nend\n`
}

function lastName({ path }: CompletedCommand): string {
  return path.at(-1) ?? ''
}

function completeLines(command: CompletedCommand): readonly string[] {
  const { path, options, commands } = command
  const program = path[0] ?? ''
  const line = (condition: string, rest: string) =>
    `complete -c ${program} -n '__cronitor_${condition} ${path.join(' ')}' ${rest}`
  return [
    ...commands.map(each => line('parent', `-a ${lastName(each)} -d ${quoted(each.description)}`)),
    ...options.map(option => line('at', optionFlags(option, program))),
    ...command.arguments.flatMap(argument => argumentLines(argument, program, line)),
  ]
}

function optionFlags({ names, description, value }: CompletedOption, program: string): string {
  const flags = names.map(name => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`))
  return `${flags.join(' ')} -d ${quoted(description)}${value === undefined ? '' : ` ${valueFlags(value, program)}`}`
}

function argumentLines(
  { value, isRepeated }: CompletedArgument,
  program: string,
  line: (condition: string, rest: string) => string,
): readonly string[] {
  if (value.kind === 'job') {
    // In any other place of the line the condition is false.
    return [
      `complete -c ${program} -n '__cronitor_runs_job ${program}' -a '(__cronitor_complete_job ${program})'`,
    ]
  }
  if (value.kind === 'other') return []
  const flags = valueFlags(value, program).replace(/^-x /, '').replace('-r ', '')
  return [line(isRepeated ? 'at' : 'first', flags)]
}

function valueFlags(value: Value, program: string): string {
  switch (value.kind) {
    case 'choices':
      return `-x -a ${quoted(value.choices.join(' '))}`
    case 'file':
      return '-r -F'
    case 'folder':
      return "-x -a '(__fish_complete_directories)'"
    case 'monitor-key':
      return `-x -a '(__cronitor_keys ${program})'`
    case 'job':
    case 'other':
      return '-x'
    default:
      return value satisfies never
  }
}

/** In fish, only a backslash and the quote itself have a meaning between single quotes. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
