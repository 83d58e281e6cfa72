/** Writes the completions for bash. */

import {
  type CompletedArgument,
  type CompletedCommand,
  type CompletedOption,
  type CompletedPrograms,
  optionsBeforeName,
  type Value,
  withSubcommands,
} from './completed-command.ts'
import functions from './functions.bash'

export function bashScript({ cronitor, wrapper }: CompletedPrograms): string {
  const tables = [...withSubcommands(cronitor), { ...wrapper, path: ['cronitor-exec'] }]
  return `${functions}
# Sets what can be written for the command $1. In \`values\` and \`arguments\`, a name or an option has the kind of its value.
_cronitor_table() {
  options='' values='' commands='' arguments=()
  case $1 in
${tables.map(table).join('')}  esac
}

complete -F _cronitor cronitor
complete -F _cronitor_exec cronitor-exec
`
}

function table(command: CompletedCommand): string {
  const lines = [
    `options='${command.options.flatMap(({ names }) => names).join(' ')}'`,
    `values='${optionsBeforeName(command).flatMap(valuesOf).join(' ')}'`,
    `commands='${command.commands.map(({ path }) => path.at(-1)).join(' ')}'`,
    `arguments=(${command.arguments.map(argumentKind).join(' ')})`,
  ]
  const filled = lines.filter(line => !/=(''|\(\))$/.test(line))
  return `    '${command.path.join(' ')}')\n${filled.map(line => `      ${line}\n`).join('')}      ;;\n`
}

function valuesOf({ names, value }: CompletedOption): readonly string[] {
  return value === undefined ? [] : names.map(name => `${name}:${kindOf(value)}`)
}

function argumentKind({ value, isRepeated }: CompletedArgument): string {
  return `${kindOf(value)}${isRepeated && value.kind !== 'job' ? '...' : ''}`
}

function kindOf(value: Value): string {
  return value.kind === 'choices' ? `choices:${value.choices.join(',')}` : value.kind
}
