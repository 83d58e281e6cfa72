/** Puts a command line into the form that commander reads, since users' crontabs have more forms than it knows. */

import { type Command, CommanderError, type Option } from 'commander'

interface Given {
  readonly option: Option
  /** The option and its value. None for `--quiet=false` and for an empty value. */
  readonly words: readonly string[]
}

interface Reading {
  /** More than one for short options in one word: `-vk KEY`. */
  readonly given: readonly Given[]
  /** How many words were read: 2 if the value is the next word. */
  readonly length: 1 | 2
}

/**
 * `words` in the form that `command` reads:
 * - an option in front of a subcommand's name stands behind it if the subcommand has it (`cronitor --tick ping KEY`);
 * - `-k=KEY` is `-k KEY`, and `--quiet=true` is `--quiet`, as in the official client;
 * - an option with an empty value is not there, as with `--env "$UNSET"`.
 *
 * With `endsAtOperand` the first word that is no option ends the options. From a word that is not understood here, all
 * stays as it is: commander says what is wrong with it.
 */
export function asCommanderReads(
  command: Command,
  words: readonly string[],
  endsAtOperand: boolean,
): string[] {
  const known = optionsOf(command)
  const options: Given[] = []
  const result: string[] = []
  let at = 0
  while (at < words.length) {
    const word = words[at] ?? ''
    if (word === '--') break
    if (!word.startsWith('-') || word === '-') {
      const target = command.commands.find(each => each.name() === word)
      if (target !== undefined) return [...aroundName(target, options), ...words.slice(at + 1)]
      if (endsAtOperand || command.commands.length > 0) break
      result.push(word)
      at += 1
      continue
    }
    const reading = (word.startsWith('--') ? readLong : readShort)(known, word, words[at + 1])
    if (reading === undefined) break
    options.push(...reading.given)
    result.push(...reading.given.flatMap(given => given.words))
    at += reading.length
  }
  return [...result, ...words.slice(at)]
}

/** Of a command that has subcommands, theirs as well. */
function optionsOf(command: Command): readonly Option[] {
  return [...command.options, ...command.commands.flatMap(optionsOf)]
}

function aroundName(target: Command, options: readonly Given[]): readonly string[] {
  const ofTarget = optionsOf(target)
  const isTargets = ({ option }: Given) => ofTarget.some(each => each.long === option.long)
  const words = (given: readonly Given[]) => given.flatMap(each => each.words)
  return [
    ...words(options.filter(given => !isTargets(given))),
    target.name(),
    ...words(options.filter(isTargets)),
  ]
}

function readLong(known: readonly Option[], word: string, next: string | undefined): Reading | undefined {
  const equals = word.indexOf('=')
  const name = equals === -1 ? word : word.slice(0, equals)
  const option = known.find(({ short, long }) => short === name || long === name)
  if (option === undefined) return undefined
  if (equals === -1) return option.required ? withNext(option, [], name, next) : one(option, [name])
  const value = word.slice(equals + 1)
  return one(option, option.required ? valueWords(name, value) : switchWords(name, value))
}

function readShort(known: readonly Option[], word: string, next: string | undefined): Reading | undefined {
  const given: Given[] = []
  for (let at = 1; at < word.length; at += 1) {
    const name = `-${word[at]}`
    const option = known.find(({ short, long }) => short === name || long === name)
    if (option === undefined) return undefined
    const rest = word.slice(at + 1)
    if (option.required) {
      if (rest === '') return withNext(option, given, name, next)
      return one(option, valueWords(name, rest.replace(/^=/, '')), given)
    }
    if (rest.startsWith('=')) return one(option, switchWords(name, rest.slice(1)), given)
    given.push({ option, words: [name] })
  }
  return { given, length: 1 }
}

function one(option: Option, words: readonly string[], before: readonly Given[] = []): Reading {
  return { given: [...before, { option, words }], length: 1 }
}

function withNext(
  option: Option,
  before: readonly Given[],
  name: string,
  value: string | undefined,
): Reading | undefined {
  if (value === undefined) return undefined
  return { given: [...before, { option, words: valueWords(name, value) }], length: 2 }
}

function valueWords(name: string, value: string): readonly string[] {
  return value === '' ? [] : [name, value]
}

/** The words that Go's flags take for a switch. */
function switchWords(name: string, value: string): readonly string[] {
  if (/^(1|t|true)$/i.test(value)) return [name]
  if (/^(0|f|false)$/i.test(value)) return []
  throw new CommanderError(1, 'cronitor.usage', `option '${name}' takes no value`)
}
