/** Reads the query of one of the server's own paths, strictly: a misspelt parameter is not a default. */

import type { Pair } from '../http/request-target.ts'

export type Read<Value> =
  | { readonly ok: true; readonly value: Value }
  /** What the value has to be: `a whole number from 1 to 1000`. */
  | { readonly ok: false; readonly expected: string }

export type Reader<Value> = (text: string) => Read<Value>

export type Readers = Readonly<Record<string, Reader<unknown>>>

/** The values that were given, by the names of their readers. */
export type Values<R extends Readers> = {
  readonly [Name in keyof R]?: R[Name] extends Reader<infer Value> ? Value : never
}

export type Query<R extends Readers> =
  | { readonly kind: 'valid'; readonly values: Values<R> }
  | { readonly kind: 'invalid'; readonly parameter: string; readonly reason: string }

export function readQuery<R extends Readers>(pairs: readonly Pair[], readers: R): Query<R> {
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
  return { kind: 'valid', values: values as Values<R> }
}

export function wholeNumber(min: number, max: number): Reader<number> {
  return text =>
    /^\d{1,16}$/.test(text) && Number(text) >= min && Number(text) <= max
      ? { ok: true, value: Number(text) }
      : { ok: false, expected: `a whole number from ${min} to ${max}` }
}

export function oneOf<Word extends string>(words: readonly Word[]): Reader<Word> {
  return text => {
    const value = words.find(word => word === text)
    return value === undefined ? { ok: false, expected: `one of ${words.join(', ')}` } : { ok: true, value }
  }
}

export const anyText: Reader<string> = text => ({ ok: true, value: text })
