/** Runs `cronitor-exec` with options, or with a mistake in its command line. */

import { WRAPPER_USAGE_STATUS } from '../../job/exit-status.ts'
import { runCommandLine, writeUsageError } from '../command-line.ts'
import { type ExecRequest, execCommand } from './exec-command.ts'
import type { LauncherHooks } from './launcher-hooks.ts'
import { loadControlOptions } from './load-control-options.ts'

/** @param runJob given as a parameter, because the script that starts the job has it already */
export async function runWithOptions(
  argv: readonly string[],
  launcher: LauncherHooks,
  runJob: (request: ExecRequest, launcher: LauncherHooks) => Promise<never>,
): Promise<void> {
  const control = await loadControlOptions(argv)
  const result = await runCommandLine(
    execCommand('cronitor-exec', request => runJob(request, launcher), control),
    argv,
  )
  switch (result.kind) {
    case 'done':
    case 'shown':
      return
    case 'usage-error':
      if (launcher.host) launcher.host.tell({ kind: 'usage-error', problem: result.problem })
      else writeUsageError('cronitor-exec', result.problem)
      process.exitCode = WRAPPER_USAGE_STATUS
      return
    default:
      result satisfies never
  }
}
