/** Where bin/cronitor-exec.js goes on. */

import { complain, parse } from '../command-line.ts'
import { type LauncherHooks, runJob } from './exec.ts'
import { execCommand, USAGE_STATUS } from './exec-command.ts'

/** What bin/cronitor-exec.js knows and does that this program does not. */
export async function runWrapper(argv: readonly string[], launcher: LauncherHooks): Promise<void> {
  const result = await parse(
    execCommand('cronitor-exec', request => runJob(request, launcher)),
    argv,
  )
  switch (result.kind) {
    case 'parsed':
    case 'shown':
      return
    case 'usage-error':
      complain('cronitor-exec', result.problem)
      process.exitCode = USAGE_STATUS
      return
    default:
      result satisfies never
  }
}
