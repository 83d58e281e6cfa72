/** The job's environment as bytes. It can contain values that are not valid UTF-8, and names that no shell accepts. */

import { isUtf8 } from 'node:buffer'

/** One variable. `raw` and `rawName` are the bytes if value or name is not valid UTF-8. */
export interface Variable {
  readonly name: string
  readonly value: string
  /** The value as bytes. Always set if `rawName` is. */
  readonly raw?: Buffer
  readonly rawName?: Buffer
}

export type JobEnvironment = readonly Variable[]

/** Parses the format of /proc/PID/environ: `name=value`, each followed by a NUL. Entries without `=` are ignored. */
export function environmentFromBlock(block: Buffer): Variable[] {
  const variables: Variable[] = []
  for (let start = 0; start < block.length; ) {
    const nul = block.indexOf(0, start)
    const end = nul === -1 ? block.length : nul
    const entry = block.subarray(start, end)
    const equals = entry.indexOf('=')
    if (equals > 0) {
      const value = entry.subarray(equals + 1)
      const name = entry.subarray(0, equals)
      const variable = { name: name.toString(), value: value.toString() }
      if (!isUtf8(name)) variables.push({ ...variable, raw: value, rawName: name })
      else variables.push(isUtf8(value) ? variable : { ...variable, raw: value })
    }
    start = end + 1
  }
  return variables
}

/** For systems that have no better source than `process.env`. */
export function environmentFromProcess(env: NodeJS.ProcessEnv): JobEnvironment {
  return Object.entries(env).map(([name, value]) => ({ name, value: value ?? '' }))
}

/** `environment` with the variables of `added`, which replace those of the same name. An undefined value removes a variable. */
export function withVariables(
  environment: JobEnvironment,
  added: Readonly<Record<string, string | undefined>>,
): JobEnvironment {
  return [
    ...environment.filter(({ name }) => !Object.hasOwn(added, name)),
    ...Object.entries(added)
      .filter(([, value]) => value !== undefined)
      .map(([name, value = '']) => ({ name, value })),
  ]
}

export function variableValue(environment: JobEnvironment, name: string): string | undefined {
  return environment.find(variable => variable.name === name)?.value
}

/**
 * The form that `spawn` accepts. A raw value is decoded as well as possible, and a variable with a raw name is left
 * out; src/job/trampoline.ts sets the bytes.
 */
export function asRecord(environment: JobEnvironment): Record<string, string> {
  return Object.fromEntries(
    environment.filter(({ rawName }) => rawName === undefined).map(({ name, value }) => [name, value]),
  )
}
