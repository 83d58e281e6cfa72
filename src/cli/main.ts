/** Where bin/cronitor.js goes on. */

import { complain, parse } from './commands.ts'
import { USAGE_STATUS } from './exec-command.ts'
import { program } from './program.ts'

/** `release` gives the signals that have come since Node.js started, and stops keeping them. */
export async function main(argv: readonly string[], release: () => NodeJS.Signals[]): Promise<void> {
  const cronitor = program({
    async exec(request) {
      const { runJob } = await import('./exec.ts')
      await runJob(request, release)
    },
    other: release,
  })
  const result = await parse(cronitor, argv)
  switch (result.kind) {
    case 'parsed':
    case 'shown':
      return
    case 'usage-error':
      complain('cronitor', result.problem)
      process.exitCode = cronitor.args[0] === 'exec' ? USAGE_STATUS : 2
      return
    default:
      result satisfies never
  }
}
