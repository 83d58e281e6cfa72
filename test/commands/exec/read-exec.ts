/** Parses a command line of cronitor-exec without running the job. */

import { runCommandLine } from '../../../src/commands/command-line.ts'
import { type ExecRequest, execCommand } from '../../../src/commands/exec/exec-command.ts'

/** `request` is undefined if the command line is wrong. */
export async function readExec(...argv: string[]) {
  let request: ExecRequest | undefined
  const result = await runCommandLine(
    execCommand('cronitor-exec', async given => {
      request = given
    }),
    argv,
  )
  return { result, request }
}
