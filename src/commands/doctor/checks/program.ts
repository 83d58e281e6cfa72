/** Which form of this program runs, and from where. */

import { type CheckResult, fine, warning } from '../check-result.ts'

export interface ProgramFacts {
  readonly version: string
  /** Such as `Node.js 22.1.0 (/usr/bin/node)`. */
  readonly runtime: string
  /** The path of the job wrapper. */
  readonly wrapper: string
  /** True if the program is in a folder that is emptied some day. */
  readonly isTemporary: boolean
}

export function checkProgram({ version, runtime, wrapper, isTemporary }: ProgramFacts): CheckResult {
  const message = `cronitor-exec ${version} (${wrapper}) with ${runtime}`
  const facts = { version, runtime, wrapper }
  return isTemporary
    ? warning('program', `${message} is in a temporary folder`, 'install it elsewhere for cron', facts)
    : fine('program', message, facts)
}
