/**
 * Calls that return promises: of an engine, or of the calls of read-calls.ts. They are made in a loop over the names of
 * the functions, so that a new call is written in engine.ts or read-calls.ts alone.
 */

import type { Engine } from '../engine.ts'
import type { ReadCalls } from '../read-calls.ts'

/** Functions only. */
type Calls<Of> = { readonly [Name in keyof Of]: (...args: never[]) => unknown }

export type AsyncCalls<Of extends Calls<Of>> = {
  readonly [Name in keyof Of]: (...args: Parameters<Of[Name]>) => Promise<ReturnType<Of[Name]>>
}

export type AsyncEngine = AsyncCalls<Engine>
export type AsyncReadCalls = AsyncCalls<ReadCalls>

/** `call` runs the function of this name with these arguments. */
export function createAsyncCalls<Of extends Calls<Of>>(
  names: readonly string[],
  call: (name: string, args: readonly unknown[]) => Promise<unknown>,
): AsyncCalls<Of> {
  const functions = names.map(name => [name, (...args: unknown[]) => call(name, args)])
  // A mapped type over all names; TypeScript does not follow it through Object.fromEntries.
  return Object.fromEntries(functions) as AsyncCalls<Of>
}

/** Throws what the function throws. */
export function callByName<Of extends Calls<Of>>(calls: Of, name: string, args: readonly unknown[]): unknown {
  // Name and arguments come from createAsyncCalls, which has them from the same object.
  const run = calls[name as keyof Of] as unknown as (...args: readonly unknown[]) => unknown
  return run(...args)
}
