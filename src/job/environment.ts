/** The job's environment as bytes: a value that is no UTF-8 and a name that no shell would take reach the job as well. */

import { isUtf8 } from 'node:buffer'

/** One variable. `raw` and `rawName` are set where the text is not the bytes, because those are no UTF-8. */
export interface Variable {
  readonly name: string
  readonly value: string
  /** The value's bytes; set wherever `rawName` is. */
  readonly raw?: Buffer
  readonly rawName?: Buffer
}

export type JobEnvironment = readonly Variable[]

/** From the form of /proc/PID/environ: `name=value`, each ended by a NUL. What has no `=` is no variable. */
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

/** From `process.env`, where the system has no better source. */
export function environmentFromProcess(env: NodeJS.ProcessEnv): JobEnvironment {
  return Object.entries(env).map(([name, value]) => ({ name, value: value ?? '' }))
}

/** `environment` with `added` in it, which win over variables of the same name. */
export function withVariables(
  environment: JobEnvironment,
  added: Readonly<Record<string, string>>,
): JobEnvironment {
  return [
    ...environment.filter(({ name }) => !Object.hasOwn(added, name)),
    ...Object.entries(added).map(([name, value]) => ({ name, value })),
  ]
}

export function variableValue(environment: JobEnvironment, name: string): string | undefined {
  return environment.find(variable => variable.name === name)?.value
}

/**
 * As `spawn` takes it. Raw values come as their nearest text, raw names not at all; src/job/trampoline.ts puts the
 * bytes in their place.
 */
export function asRecord(environment: JobEnvironment): Record<string, string> {
  return Object.fromEntries(
    environment.filter(({ rawName }) => rawName === undefined).map(({ name, value }) => [name, value]),
  )
}
