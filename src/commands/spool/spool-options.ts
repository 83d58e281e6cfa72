/** The options of `cronitor spool list`, `retry` and `drop`, besides the settings. */

import { durationValue, type OptionRow } from '../option-table.ts'

export const SPOOL_LIST_OPTIONS: readonly OptionRow[] = [
  { flags: '--rejected', description: 'show the events that the API refused' },
  { flags: '--json', description: 'print a JSON array, one event a line' },
]

export const SPOOL_RETRY_OPTIONS: readonly OptionRow[] = [
  {
    flags: '--rekey',
    description: 'send them with the key that is set now; also send events that wait for another key',
  },
]

export const SPOOL_DROP_OPTIONS: readonly OptionRow[] = [
  { flags: '--rejected', description: 'drop the events that the API refused' },
  {
    flags: '--older-than <duration>',
    description: 'drop only events that happened longer ago than this',
    parse: durationValue,
  },
]
