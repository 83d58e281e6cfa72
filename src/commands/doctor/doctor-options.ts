/** The options of `cronitor doctor` and `cronitor configure`. */

import { checkMonitorKey } from '../../telemetry/monitor-key.ts'
import { type OptionRow, urlsValue } from '../option-table.ts'
import { SETTINGS_OPTIONS } from '../settings-options.ts'
import { wrongValue } from '../wrong-value.ts'

/** These settings have no effect on what is checked. */
const UNUSED = ['--no-stamp', '--spool-max-age ', '-l, ', '--quiet', '-v, ', '-u, ', '--api-version ']

export const DOCTOR_OPTIONS: readonly OptionRow[] = [
  {
    flags: '--send <monitor-key>',
    description: 'send one `ok` event to this monitor, to see whether the key is accepted',
    parse: text => {
      const problem = checkMonitorKey(text)
      if (problem !== undefined) throw wrongValue(`the monitor key ${problem}`)
      return text
    },
  },
  {
    flags: '--fix',
    description: 'ask for the API key if there is none, and correct the permissions of files of this user',
  },
  { flags: '--json', description: 'print a JSON object with an entry for each check' },
  ...SETTINGS_OPTIONS.filter(({ flags }) => !UNUSED.some(start => flags.startsWith(start))),
]

export const CONFIGURE_OPTIONS: readonly OptionRow[] = [
  {
    flags: '--api-key-file <file>',
    description: 'take the API key from the first line of a file instead of asking for it',
  },
  {
    flags: '-k, --api-key <key>',
    description: 'the API key; other users can see it in the process list, so do without this option',
  },
  {
    flags: '--url <base>',
    description: 'also write this address of the Telemetry API, such as that of a `cronitor serve`',
    parse: urlsValue,
  },
  {
    flags: '-c, --config <file>',
    description: "the settings file to write instead of the user's, or of the system's for root",
    variable: 'CRONITOR_CONFIG',
  },
]
