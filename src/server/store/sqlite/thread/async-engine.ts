/**
 * An engine whose calls return promises. Its functions are made in a loop over the names of the engine's functions, so
 * that a new call is written in engine.ts alone.
 */

import type { Engine } from '../engine.ts'

export type AsyncEngine = {
  readonly [Name in keyof Engine]: (...args: Parameters<Engine[Name]>) => Promise<ReturnType<Engine[Name]>>
}

/** `call` runs the engine's function of this name with these arguments. */
export function createAsyncEngine(
  names: readonly (keyof Engine)[],
  call: (name: keyof Engine, args: readonly unknown[]) => Promise<unknown>,
): AsyncEngine {
  const functions = names.map(name => [name, (...args: unknown[]) => call(name, args)])
  // A mapped type over all names; TypeScript does not follow it through Object.fromEntries.
  return Object.fromEntries(functions) as AsyncEngine
}

export function engineCalls(engine: Engine): readonly (keyof Engine)[] {
  // An Engine has no other properties than its functions.
  return Object.keys(engine) as (keyof Engine)[]
}

/** Throws what the engine throws. */
export function callEngine(engine: Engine, name: keyof Engine, args: readonly unknown[]): unknown {
  // The arguments fit the function of this name, since they come from createAsyncEngine.
  const run = engine[name] as (...args: readonly unknown[]) => unknown
  return run(...args)
}
