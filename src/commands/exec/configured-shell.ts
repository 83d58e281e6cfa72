/** The shell that CRONITOR_SHELL names. */

import { isShell } from '../../job/command.ts'
import { type JobEnvironment, variableValue } from '../../job/environment.ts'

export interface ConfiguredShell {
  readonly path?: string
  /** Why the variable is ignored. */
  readonly problem?: string
}

/** From the environment only: the settings files are read after the start, since a hung file must not delay the job. */
export function configuredShell(environment: JobEnvironment): ConfiguredShell {
  const path = variableValue(environment, 'CRONITOR_SHELL')?.trim()
  if (!path) return {}
  if (isShell(path)) return { path }
  return {
    problem:
      'CRONITOR_SHELL: expected the absolute path of an executable shell; command lines run with $SHELL or /bin/sh',
  }
}
