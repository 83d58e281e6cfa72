/** Reads the command line that most crontabs have: a monitor key and a command, without options. */

import { assignmentsOf } from '../../job/command.ts'
import { checkMonitorKey } from '../../telemetry/monitor-key.ts'
import type { ExecFlags, ExecRequest } from './exec-command.ts'

/** What commander sets without options: `true` for each `--no-…`. */
const DEFAULTS: ExecFlags & Readonly<Record<string, boolean>> = {
  output: true,
  stdout: true,
  spool: true,
  courier: true,
  stamp: true,
}

/**
 * The same request that commander makes of such a line; the job need not wait until commander is loaded (bench/RESULTS.md,
 * "Trims"). Undefined if there is an option or a mistake.
 */
export function requestWithoutOptions(line: readonly string[]): ExecRequest | undefined {
  const [monitorKey = '', ...rest] = line
  if (monitorKey.startsWith('-') || checkMonitorKey(monitorKey) !== undefined) return undefined
  const argv = rest[0] === '--' ? rest.slice(1) : rest
  if (assignmentsOf(argv) === argv.length) return undefined
  return { monitorKey, argv, flags: DEFAULTS, mayHaveControl: false, usageError: Error }
}
