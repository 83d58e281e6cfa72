/** The options of `cronitor runs`, apart from the others: the wrapper has no use for them. */

import { InvalidArgumentError } from 'commander'
import type { RunState } from '../../server/monitors/monitors.ts'
import { parseUrl } from '../../settings/values.ts'
import { type OptionRow, SETTINGS_OPTIONS, valueOrUsageError } from '../options.ts'
import { DEFAULT_PORT } from '../serve/serve-options.ts'

/** The collector's, which is not loaded for the sake of a command line. */
export const RUN_STATES = ['running', 'complete', 'failed', 'lost'] as const satisfies readonly RunState[]

export const DEFAULT_SERVER = `http://127.0.0.1:${DEFAULT_PORT}`

/** Of the settings, those that say which server is asked, and with which key. */
const SHARED = ['--api-key-file ', '-k, ', '-p, ', '-c, ', '--quiet']

export const RUNS_OPTIONS: readonly OptionRow[] = [
  { flags: '-f, --follow', description: 'go on, and print each run when it begins, ends or is lost' },
  { flags: '--json', description: 'print each run as an object of JSON on a line of its own' },
  {
    flags: '--limit <n>',
    description: 'how many of the latest runs, from 0 to 10000',
    otherwise: '20',
    parse: text => {
      if (!/^\d{1,5}$/.test(text) || Number(text) > 10_000) {
        throw new InvalidArgumentError('expected a whole number from 0 to 10000')
      }
      return Number(text)
    },
  },
  {
    flags: '--state <state>',
    description: `only runs in this state: ${RUN_STATES.join(', ')}`,
    parse: text => {
      const state = RUN_STATES.find(name => name === text)
      if (state === undefined) throw new InvalidArgumentError(`expected ${RUN_STATES.join(', ')}`)
      return state
    },
  },
  { flags: '--env <name>', description: 'only runs that were reported with this environment' },
  {
    flags: '--url <base>',
    description: 'where cronitor serve is',
    variable: 'CRONITOR_TELEMETRY_URL',
    otherwise: DEFAULT_SERVER,
    parse: text => valueOrUsageError(parseUrl(text)).url,
  },
  ...SETTINGS_OPTIONS.filter(({ flags }) => SHARED.some(start => flags.startsWith(start))),
]
