/** Parses the query of the routes under /api. Unknown parameters are errors, so that a misspelt one is not ignored. */

import type { Pair } from '../http/request-target.ts'

export type ParsedParameter<Value> =
  | { readonly ok: true; readonly value: Value }
  /** What the value must be, such as `a whole number from 1 to 1000`. */
  | { readonly ok: false; readonly expected: string }

export type ParameterParser<Value> = (text: string) => ParsedParameter<Value>

export type ParameterParsers = Readonly<Record<string, ParameterParser<unknown>>>

/** The given values, by the names of their parsers. */
export type ParameterValues<Parsers extends ParameterParsers> = {
  readonly [Name in keyof Parsers]?: Parsers[Name] extends ParameterParser<infer Value> ? Value : never
}

export type ParsedQuery<Parsers extends ParameterParsers> =
  | { readonly kind: 'valid'; readonly values: ParameterValues<Parsers> }
  | { readonly kind: 'invalid'; readonly parameter: string; readonly reason: string }

export function parseQuery<Parsers extends ParameterParsers>(
  pairs: readonly Pair[],
  parsers: Parsers,
): ParsedQuery<Parsers> {
  const values: Record<string, unknown> = {}
  for (const [name, text] of pairs) {
    const parse = Object.hasOwn(parsers, name) ? parsers[name] : undefined
    const invalid = (reason: string) => ({ kind: 'invalid', parameter: name, reason }) as const
    if (parse === undefined) {
      return invalid(`there is no such parameter; use one of ${Object.keys(parsers).join(', ')}`)
    }
    if (Object.hasOwn(values, name)) return invalid(`${name} is given more than once`)
    const parsed = parse(text)
    if (!parsed.ok) return invalid(`${name} must be ${parsed.expected}`)
    values[name] = parsed.value
  }
  return { kind: 'valid', values: values as ParameterValues<Parsers> }
}

export function wholeNumber(min: number, max: number): ParameterParser<number> {
  return text =>
    /^\d{1,16}$/.test(text) && Number(text) >= min && Number(text) <= max
      ? { ok: true, value: Number(text) }
      : { ok: false, expected: `a whole number from ${min} to ${max}` }
}

export function oneOf<Choice extends string>(choices: readonly Choice[]): ParameterParser<Choice> {
  return text => {
    const value = choices.find(choice => choice === text)
    return value === undefined ? { ok: false, expected: `one of ${choices.join(', ')}` } : { ok: true, value }
  }
}

export const anyText: ParameterParser<string> = text => ({ ok: true, value: text })
