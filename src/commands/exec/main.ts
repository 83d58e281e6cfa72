/** Where bin/cronitor-exec.js goes on. */

import { complain, parse } from '../command-line.ts'
import { runJob, type Surroundings } from './exec.ts'
import { execCommand, USAGE_STATUS } from './exec-command.ts'

/** What bin/cronitor-exec.js knows and does that this program does not. */
export async function main(argv: readonly string[], surroundings: Surroundings): Promise<void> {
  const result = await parse(
    execCommand('cronitor-exec', request => runJob(request, surroundings)),
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
