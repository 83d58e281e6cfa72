/** Turns the options of `run` and `ping` into arguments of the commands, which check them. */

import type { PingOptions, RunOptions } from './options.ts'
import { WrongArgumentError } from './wrong-argument-error.ts'

/** Options that are no options of a command. */
type Own = 'apiKey' | 'pingApiKey' | 'cwd' | 'environment' | 'abortSignal'
type RunName = Exclude<keyof RunOptions, Own | 'stdin' | 'stdout' | 'stderr' | 'collectBytes'>
type PingName = Exclude<keyof PingOptions, Own | 'message' | 'metrics'>

/** How an option is given: `no` is `--no-spool` for `spool: false`, `each` is given again for each value. */
type Form = 'value' | 'switch' | 'no' | 'each'

const DELIVERY = {
  apiKeyFile: 'value',
  env: 'value',
  hostname: 'value',
  url: 'value',
  method: 'value',
  anonymous: 'switch',
  deliverWithin: 'value',
  spoolDir: 'value',
  spool: 'no',
  spoolMaxAge: 'value',
  spoolMaxSize: 'value',
  courier: 'no',
  stamp: 'no',
  config: 'value',
  log: 'value',
} as const

export const RUN_FORMS: Readonly<Record<RunName, Form>> = {
  ...DELIVERY,
  series: 'value',
  output: 'no',
  note: 'value',
  shell: 'value',
  ownGroup: 'switch',
  timeout: 'value',
  killAfter: 'value',
  signal: 'value',
  warnAfter: 'value',
  deadline: 'value',
  retries: 'value',
  retryDelay: 'value',
  retryBackoff: 'value',
  retryOn: 'value',
  noRetryOn: 'value',
  lock: 'switch',
  lockName: 'value',
  lockSlots: 'value',
  lockWait: 'value',
  onLocked: 'value',
  lockDir: 'value',
  splay: 'value',
  jitter: 'value',
  usage: 'switch',
  successStatus: 'value',
  quietSuccess: 'switch',
  bufferSize: 'value',
  failIf: 'each',
  require: 'each',
  metricFrom: 'each',
  redact: 'each',
}

export const PING_FORMS: Readonly<Record<PingName, Form>> = {
  ...DELIVERY,
  state: 'value',
  duration: 'value',
  series: 'value',
  statusCode: 'value',
}

/** @throws WrongArgumentError for an unknown name, and for a value that no option can have */
export function commandArguments(
  options: Readonly<Record<string, unknown>>,
  forms: Readonly<Record<string, Form>>,
  others: readonly string[],
): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    if (value === undefined || others.includes(name)) return []
    const form = Object.hasOwn(forms, name) ? forms[name] : undefined
    if (form === undefined) throw new WrongArgumentError(`unknown option '${name}'`)
    return argumentsOf(name, form, value)
  })
}

/** @throws WrongArgumentError if it can be no argument of a process; the command checks the rest */
export function checkText(what: string, value: unknown): void {
  if (typeof value !== 'string' || value.includes('\0'))
    throw new WrongArgumentError(`${what}: expected text`)
}

/** @throws WrongArgumentError, in programs without types */
export function checkOptions(options: unknown): void {
  if (typeof options !== 'object' || options === null)
    throw new WrongArgumentError("the options: expected an object, such as { env: 'production' }")
}

function argumentsOf(name: string, form: Form, value: unknown): string[] {
  const flag = `--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`
  switch (form) {
    case 'switch':
    case 'no':
      if (typeof value !== 'boolean') throw wrong(name, 'true or false')
      if (form === 'no') return value ? [] : [flag.replace('--', '--no-')]
      return value ? [flag] : []
    case 'value':
      return [`${flag}=${textOf(name, value)}`]
    case 'each':
      return (Array.isArray(value) ? value : [value]).map(each => `${flag}=${textOf(name, each)}`)
    default:
      return form satisfies never
  }
}

function textOf(name: string, value: unknown): string {
  if (name === 'signal' && value instanceof AbortSignal)
    throw wrong(name, "a signal's name; an AbortSignal is given as abortSignal")
  if (typeof value === 'number' && !AMOUNTS.has(name)) throw wrong(name, "text with a unit, such as '90s'")
  if (typeof value === 'number' || (typeof value === 'string' && !value.includes('\0'))) return String(value)
  throw wrong(name, 'text')
}

/** Options whose value is a plain number. */
const AMOUNTS: ReadonlySet<string> = new Set([
  'spoolMaxSize',
  'bufferSize',
  'retries',
  'retryBackoff',
  'lockSlots',
  'duration',
  'statusCode',
])

function wrong(name: string, expected: string): WrongArgumentError {
  return new WrongArgumentError(`option '${name}': expected ${expected}`)
}
