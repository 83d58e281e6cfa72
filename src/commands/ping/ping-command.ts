/** The command line of `cronitor ping`. */

import type { Command } from 'commander'
import type { State } from '../../telemetry/event.ts'
import { checkMonitorKey } from '../../telemetry/monitor-key.ts'
import { flagsOf, newCommand, usageError } from '../command-line.ts'
import { SETTINGS_OPTIONS } from '../settings-options.ts'
import { PING_OPTIONS } from './ping-options.ts'
import type { PingFlags } from './ping-request.ts'

const EXAMPLES = `
Examples:
  cronitor ping nightly-backup --run
  cronitor ping nightly-backup --complete --metric count:42 --msg "42 files"
  df -h | cronitor ping disk --fail --msg -
  cronitor ping nightly-backup --ok --dry-run

In a job that cronitor-exec runs, the monitor key and the series are set:
  cronitor ping --ok --metric rows:1000

Exit status: 0 delivered or kept in the spool, 1 refused or lost, 2 the command
line is wrong. More: man cronitor-ping`

export function pingCommand(): Command {
  return newCommand('ping', [...PING_OPTIONS, ...SETTINGS_OPTIONS])
    .description('Send one telemetry event.')
    .usage('[monitor-key] [options]')
    .argument('[monitor-key]', 'default: CRONITOR_MONITOR_KEY')
    .addHelpText('after', EXAMPLES)
    .action(async (given: string | undefined, flags: PingFlags, self: Command) => {
      const monitorKey = given ?? process.env.CRONITOR_MONITOR_KEY?.trim()
      if (!monitorKey) throw usageError('no monitor key: give one, or set CRONITOR_MONITOR_KEY')
      const problem = checkMonitorKey(monitorKey)
      if (problem !== undefined) throw usageError(`wrong monitor key: it ${problem}`)
      const state = stateOf(flags)
      const { runPing } = await import('./ping.ts')
      // Exits at once, because an idle connection would keep Node.js running.
      process.exit(await runPing({ monitorKey, state, flags: flagsOf(self, flags) }))
    })
}

function stateOf(flags: PingFlags): State {
  const short = (['run', 'complete', 'fail', 'ok'] as const).filter(name => flags[name])
  const tick = flags.tick ? (['ok'] as const) : []
  const given = new Set<State>([...(flags.state === undefined ? [] : [flags.state]), ...short, ...tick])
  const [state, ...others] = given
  if (state === undefined) throw usageError('no state: give --run, --complete, --fail, --ok or --state')
  if (others.length > 0) throw usageError(`more than one state: ${[...given].join(', ')}`)
  return state
}
