/** Reads the query of one of the server's own paths, strictly: a misspelt parameter is not a default. */

import type { Pair } from '../http/request-target.ts'

export type ParsedParameter<Value> =
  | { readonly ok: true; readonly value: Value }
  /** What the value has to be: `a whole number from 1 to 1000`. */
  | { readonly ok: false; readonly expected: string }

export type ParameterParser<Value> = (text: string) => ParsedParameter<Value>

export type ParameterParsers = Readonly<Record<string, ParameterParser<unknown>>>

/** The values that were given, by the names of their readers. */
export type ParameterValues<R extends ParameterParsers> = {
  readonly [Name in keyof R]?: R[Name] extends ParameterParser<infer Value> ? Value : never
}

export type ParsedQuery<R extends ParameterParsers> =
  | { readonly kind: 'valid'; readonly values: ParameterValues<R> }
  | { readonly kind: 'invalid'; readonly parameter: string; readonly reason: string }

export function parseQuery<R extends ParameterParsers>(pairs: readonly Pair[], readers: R): ParsedQuery<R> {
  const values: Record<string, unknown> = {}
  for (const [name, text] of pairs) {
    const reader = Object.hasOwn(readers, name) ? readers[name] : undefined
    const invalid = (reason: string) => ({ kind: 'invalid', parameter: name, reason }) as const
    if (reader === undefined) {
      return invalid(`there is no such parameter; there are ${Object.keys(readers).join(', ')}`)
    }
    if (Object.hasOwn(values, name)) return invalid(`${name} is given more than once`)
    const read = reader(text)
    if (!read.ok) return invalid(`${name} has to be ${read.expected}`)
    values[name] = read.value
  }
  return { kind: 'valid', values: values as ParameterValues<R> }
}

export function wholeNumber(min: number, max: number): ParameterParser<number> {
  return text =>
    /^\d{1,16}$/.test(text) && Number(text) >= min && Number(text) <= max
      ? { ok: true, value: Number(text) }
      : { ok: false, expected: `a whole number from ${min} to ${max}` }
}

export function oneOf<Word extends string>(words: readonly Word[]): ParameterParser<Word> {
  return text => {
    const value = words.find(word => word === text)
    return value === undefined ? { ok: false, expected: `one of ${words.join(', ')}` } : { ok: true, value }
  }
}

export const anyText: ParameterParser<string> = text => ({ ok: true, value: text })
