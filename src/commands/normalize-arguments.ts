/** Rewrites command lines that users have in crontabs into the form that commander reads. */

import { type Command, CommanderError, type Option } from 'commander'

interface GivenOption {
  readonly option: Option
  /** The option and its value. Empty for `--quiet=false` and for an option with an empty value. */
  readonly args: readonly string[]
}

interface ReadOptions {
  /** Several if short options are combined: `-vk KEY`. */
  readonly given: readonly GivenOption[]
  /** How many arguments were read: 2 if the value is the next argument. */
  readonly length: 1 | 2
}

/**
 * Returns `args` in the form that `command` reads:
 *
 * - an option before a subcommand's name moves behind it if it belongs to the subcommand (`cronitor --tick ping KEY`);
 * - `-k=KEY` becomes `-k KEY` and `--quiet=true` becomes `--quiet`, as in the official client;
 * - an option with an empty value is removed, as in `--env "$UNSET"`.
 *
 * `endsAtOperand`: the first argument that is not an option ends the options. After an unknown option nothing is
 * changed, and commander reports the error.
 */
export function normalizeArguments(
  command: Command,
  args: readonly string[],
  endsAtOperand: boolean,
): string[] {
  const known = optionsOf(command)
  const options: GivenOption[] = []
  const result: string[] = []
  let at = 0
  while (at < args.length) {
    const arg = args[at] ?? ''
    if (arg === '--') break
    if (!arg.startsWith('-') || arg === '-') {
      const subcommand = command.commands.find(each => each.name() === arg)
      if (subcommand !== undefined) return [...aroundName(subcommand, options), ...args.slice(at + 1)]
      if (endsAtOperand || command.commands.length > 0) break
      result.push(arg)
      at += 1
      continue
    }
    const read = (arg.startsWith('--') ? readLong : readShort)(known, arg, args[at + 1])
    if (read === undefined) break
    options.push(...read.given)
    result.push(...read.given.flatMap(given => given.args))
    at += read.length
  }
  return [...result, ...args.slice(at)]
}

/** The options of a command and of its subcommands. */
function optionsOf(command: Command): readonly Option[] {
  return [...command.options, ...command.commands.flatMap(optionsOf)]
}

function aroundName(subcommand: Command, options: readonly GivenOption[]): readonly string[] {
  const known = optionsOf(subcommand)
  const belongs = ({ option }: GivenOption) => known.some(each => each.long === option.long)
  const argsOf = (given: readonly GivenOption[]) => given.flatMap(each => each.args)
  return [
    ...argsOf(options.filter(given => !belongs(given))),
    subcommand.name(),
    ...argsOf(options.filter(belongs)),
  ]
}

function readLong(known: readonly Option[], arg: string, next: string | undefined): ReadOptions | undefined {
  const equals = arg.indexOf('=')
  const name = equals === -1 ? arg : arg.slice(0, equals)
  const option = known.find(({ short, long }) => short === name || long === name)
  if (option === undefined) return undefined
  if (equals === -1) return option.required ? withNext(option, [], name, next) : one(option, [name])
  const value = arg.slice(equals + 1)
  return one(option, option.required ? valueArgs(name, value) : switchArgs(name, value))
}

function readShort(known: readonly Option[], arg: string, next: string | undefined): ReadOptions | undefined {
  const given: GivenOption[] = []
  for (let at = 1; at < arg.length; at += 1) {
    const name = `-${arg[at]}`
    const option = known.find(({ short, long }) => short === name || long === name)
    if (option === undefined) return undefined
    const rest = arg.slice(at + 1)
    if (option.required) {
      if (rest === '') return withNext(option, given, name, next)
      return one(option, valueArgs(name, rest.replace(/^=/, '')), given)
    }
    if (rest.startsWith('=')) return one(option, switchArgs(name, rest.slice(1)), given)
    given.push({ option, args: [name] })
  }
  return { given, length: 1 }
}

function one(option: Option, args: readonly string[], before: readonly GivenOption[] = []): ReadOptions {
  return { given: [...before, { option, args }], length: 1 }
}

function withNext(
  option: Option,
  before: readonly GivenOption[],
  name: string,
  value: string | undefined,
): ReadOptions | undefined {
  if (value === undefined) return undefined
  return { given: [...before, { option, args: valueArgs(name, value) }], length: 2 }
}

function valueArgs(name: string, value: string): readonly string[] {
  return value === '' ? [] : [name, value]
}

/** Accepts the values that Go's flag package accepts for a switch. */
function switchArgs(name: string, value: string): readonly string[] {
  if (/^(1|t|true)$/i.test(value)) return [name]
  if (/^(0|f|false)$/i.test(value)) return []
  throw new CommanderError(1, 'cronitor.usage', `option '${name}' takes no value`)
}
