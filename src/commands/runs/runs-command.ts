/** The command line of `cronitor runs`. */

import type { Command } from 'commander'
import { checkMonitorKey } from '../../telemetry/monitor-key.ts'
import { flagsOf, newCommand, usageError } from '../command-line.ts'
import { RUNS_OPTIONS } from './runs-options.ts'
import type { RunsFlags } from './runs-request.ts'

const EXAMPLES = `
Examples:
  cronitor runs
  cronitor runs nightly-backup --limit 5
  cronitor runs --follow --state failed
  cronitor runs nightly-backup --json

Exit status: 0 success, or --follow was ended by INT or TERM; 1 the server could
not be queried; 2 the command line is wrong. More: man cronitor-runs`

export function runsCommand(): Command {
  return newCommand('runs', RUNS_OPTIONS)
    .description('Show the runs in the database of cronitor serve.')
    .usage('[monitor-key] [options]')
    .argument('[monitor-key]', 'default: all monitors')
    .addHelpText('after', EXAMPLES)
    .action(async (monitorKey: string | undefined, flags: RunsFlags, self: Command) => {
      const problem = monitorKey === undefined ? undefined : checkMonitorKey(monitorKey)
      if (problem !== undefined) throw usageError(`wrong monitor key: it ${problem}`)
      const { runs } = await import('./runs.ts')
      // Exits at once, because an idle connection would keep Node.js running.
      process.exit(await runs({ monitorKey, flags: flagsOf(self, flags) }))
    })
}
