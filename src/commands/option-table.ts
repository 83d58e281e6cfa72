/**
 * The form of the tables of options. The command line, `--help`, and the lists of options in docs/reference.md and man/ are made from
 * them. Each command has a table: exec-options.ts, ping-options.ts, spool-options.ts, serve-options.ts, runs-options.ts;
 * settings-options.ts has what exec, ping and spool share.
 */

import { parseUrls } from '../settings/values.ts'
import { parseDuration } from '../system/duration.ts'
import { wrongValue } from './wrong-value.ts'

export interface OptionRow {
  /** As commander expects it: `-e, --env <name>`. No option takes an optional value. */
  readonly flags: string
  /** Code stands in backticks; `--help` and the manual pages leave them out. */
  readonly description: string
  /** The environment variable and setting of the same meaning. */
  readonly variable?: string
  /** The default as text. */
  readonly otherwise?: string
  /** The values that exist, or the usual ones: shells complete them. */
  readonly choices?: readonly string[]
  /** From text to value; throws `wrongValue`. `previous` is the value of an earlier use of the option. */
  readonly parse?: (text: string, previous: unknown) => unknown
  /** True if the option can be given several times: `parse` is then made by `repeated`. */
  readonly repeatable?: true
  /** True for an option of job control that is no setting of a file. */
  readonly isNoSetting?: true
  /** Values of other options, by commander's names, unless those are given. */
  readonly implies?: Readonly<Record<string, unknown>>
}

type Outcome<T> = ({ readonly ok: true } & T) | { readonly ok: false; readonly problem: string }

export function valueOrUsageError<T>(outcome: Outcome<T>): { readonly ok: true } & T {
  if (!outcome.ok) throw wrongValue(outcome.problem)
  return outcome
}

/** Milliseconds. */
export function durationValue(text: string): number {
  return valueOrUsageError(parseDuration(text)).ms
}

/** One address or several, each without a trailing slash, separated by commas. */
export function urlsValue(text: string): string {
  return valueOrUsageError(parseUrls(text)).urls.join(',')
}

export function choiceValue<T extends string>(values: readonly T[]): (text: string) => T {
  return text => {
    const value = values.find(each => each === text)
    if (value === undefined) throw wrongValue(`expected ${values.join(' or ')}`)
    return value
  }
}

/** The same for an option that may be given several times: all addresses in their order, none twice. */
export function repeatedUrls(text: string, previous: unknown): readonly string[] {
  const { urls } = valueOrUsageError(parseUrls(text))
  return [...new Set([...(Array.isArray(previous) ? previous : []), ...urls])]
}

/** For options that may be given several times: the values in their order. */
export function repeated(
  parse: (text: string) => unknown,
): (text: string, previous: unknown) => readonly unknown[] {
  return (text, previous) => [...(Array.isArray(previous) ? previous : []), parse(text)]
}
