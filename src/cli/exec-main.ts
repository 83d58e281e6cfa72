/** Where bin/cronitor-exec.js goes on. */

import { complain, parse } from './commands.ts'
import { runJob } from './exec.ts'
import { execCommand, USAGE_STATUS } from './exec-command.ts'

/** `release` gives the signals that have come since Node.js started, and stops keeping them. */
export async function main(argv: readonly string[], release: () => NodeJS.Signals[]): Promise<void> {
  const result = await parse(
    execCommand('cronitor-exec', request => runJob(request, release)),
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
