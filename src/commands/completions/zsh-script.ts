/** Writes the completions for zsh: a call of `_arguments` for each command (zshcompsys(1)). */

import {
  type CompletedArgument,
  type CompletedCommand,
  type CompletedOption,
  type CompletedPrograms,
  optionsBeforeName,
  type Value,
  withSubcommands,
} from './completed-command.ts'
import functions from './functions.zsh'

export function zshScript({ cronitor, wrapper }: CompletedPrograms): string {
  const commands = withSubcommands(cronitor).filter(({ path }) => path[0] !== 'help')
  return `${functions}${[...commands, { ...wrapper, path: ['cronitor-exec'] }].map(commandFunction).join('')}# The file is the function itself if zsh loads it from fpath; else it is read by \`source\`.
if [[ $funcstack[1] == _cronitor ]]; then
  _cronitor "$@"
else
  compdef _cronitor cronitor cronitor-exec
fi
`
}

function commandFunction(command: CompletedCommand): string {
  const { path, options, commands } = command
  const name = path.join('_')
  // Options of a subcommand may stand before its name. They are recognised there, but not offered.
  const others = optionsBeforeName(command).filter(option => !options.includes(option))
  const specs = [
    ...options.flatMap(optionSpecs),
    ...others.flatMap(option => optionSpecs(option).map(spec => spec.replace(/^'(?:\([^)]*\))?/, "'!"))),
    ...(commands.length > 0
      ? [
          `'1:command:_cronitor_commands_${name}'`,
          `'*::argument: _cronitor_subcommand "${name && `${name}_`}"'`,
        ]
      : command.arguments.map(argumentSpec)),
  ]
  const ends = commands.length > 0 || command.arguments.some(({ value }) => value.kind === 'job')
  const list = commands.length > 0 ? commandList(name, commands) : ''
  return `${list}_cronitor_${name}() {
  _arguments -s -S${ends ? " -A '-*'" : ''} : \\
${specs.map(spec => `    ${spec}`).join(' \\\n')}
}

`
}

function commandList(name: string, commands: readonly CompletedCommand[]): string {
  const rows = commands.map(({ path, description }) => quoted(`${path.at(-1)}:${description}`))
  return `_cronitor_commands_${name}() {
  local -a names=(
${rows.map(row => `    ${row}\n`).join('')}  )
  _describe -t commands command names
}

`
}

function optionSpecs({ names, description, isRepeatable, value }: CompletedOption): readonly string[] {
  const others = isRepeatable || names.length === 1 ? '' : `(${names.join(' ')})`
  return names.map(name => {
    const takes = value === undefined ? '' : name.startsWith('--') ? '=' : '+'
    const argument = value === undefined ? '' : `:${escaped(value.name)}:${action(value)}`
    return quoted(`${others}${isRepeatable ? '*' : ''}${name}${takes}[${escaped(description)}]${argument}`)
  })
}

function argumentSpec({ name, value, isRepeated }: CompletedArgument): string {
  // With three colons, the words are the job's alone.
  if (value.kind === 'job') return quoted('*:::command:_cronitor_job')
  return quoted(`${isRepeated ? '*' : ''}:${escaped(name.replace('-', ' '))}:${action(value)}`)
}

function action(value: Value): string {
  switch (value.kind) {
    case 'choices':
      return `(${value.choices.join(' ')})`
    case 'file':
      return '_files'
    case 'folder':
      return '_files -/'
    case 'monitor-key':
      return '_cronitor_keys'
    case 'job':
    case 'other':
      return ' '
    default:
      return value satisfies never
  }
}

/** In a spec, these characters have a meaning. */
function escaped(text: string): string {
  return text.replace(/[\\[\]:]/g, '\\$&')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
