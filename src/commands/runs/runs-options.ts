/** The options of `cronitor runs`. */

import { RUN_STATES } from '../../server/monitors/run-state.ts'
import { DEFAULT_RUNS, DEFAULT_SERVER } from '../../settings/defaults.ts'
import { choiceValue, type OptionRow, urlsValue } from '../option-table.ts'
import { SETTINGS_OPTIONS } from '../settings-options.ts'
import { wrongValue } from '../wrong-value.ts'

/** The settings that apply to `cronitor runs`. */
const SHARED = ['--api-key-file ', '-k, ', '-p, ', '-c, ', '--quiet']

export const RUNS_OPTIONS: readonly OptionRow[] = [
  { flags: '-f, --follow', description: 'keep running, and print each run when it starts, ends or is lost' },
  { flags: '--json', description: 'print each run as a JSON object, one a line' },
  {
    flags: '--limit <n>',
    description: 'how many of the latest runs to print, from 0 to 10000',
    otherwise: String(DEFAULT_RUNS),
    parse: text => {
      if (!/^\d{1,5}$/.test(text) || Number(text) > 10_000) {
        throw wrongValue('expected a whole number from 0 to 10000')
      }
      return Number(text)
    },
  },
  {
    flags: '--state <state>',
    description: `only runs in this state: ${RUN_STATES.join(', ')}`,
    choices: RUN_STATES,
    parse: choiceValue(RUN_STATES),
  },
  { flags: '--env <name>', description: 'only runs that were reported with this environment' },
  {
    flags: '--url <base>',
    description: 'the address of `cronitor serve`, or several that are separated by commas',
    variable: 'CRONITOR_TELEMETRY_URL',
    otherwise: `\`${DEFAULT_SERVER}\``,
    parse: urlsValue,
  },
  ...SETTINGS_OPTIONS.filter(({ flags }) => SHARED.some(start => flags.startsWith(start))),
]
