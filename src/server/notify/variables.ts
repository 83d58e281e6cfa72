/** The facts as environment variables, for `--notify-command`. */

import { printable, printableLines } from '../../system/printable.ts'
import { MAX_FACT_BYTES, type Notification } from './notification.ts'
import { startOf } from './truncate.ts'

/**
 * The names of the JSON body behind a prefix that no setting has: CRONITOR_ENV, CRONITOR_SERIES, CRONITOR_HOSTNAME and
 * others are read by `cronitor exec` and `ping`, which the command may well be or run.
 */
const NAMES: Readonly<Record<keyof Notification, string>> = {
  id: 'CRONITOR_CHANGE_ID',
  monitor: 'CRONITOR_CHANGE_MONITOR',
  from: 'CRONITOR_CHANGE_FROM',
  to: 'CRONITOR_CHANGE_TO',
  at: 'CRONITOR_CHANGE_AT',
  state: 'CRONITOR_CHANGE_STATE',
  series: 'CRONITOR_CHANGE_SERIES',
  host: 'CRONITOR_CHANGE_HOST',
  env: 'CRONITOR_CHANGE_ENV',
  status_code: 'CRONITOR_CHANGE_STATUS_CODE',
  duration: 'CRONITOR_CHANGE_DURATION',
  message: 'CRONITOR_CHANGE_MESSAGE',
}

/**
 * All are there, those that are not known are empty. A program puts them into the header of a mail or prints them, so they
 * are safe to show: one line each, and the message its lines.
 */
export function variablesOf(facts: Notification): Record<string, string> {
  return Object.fromEntries(
    Object.entries(NAMES).map(([fact, name]) => {
      const value = String(facts[fact as keyof Notification] ?? '')
      return [name, startOf(fact === 'message' ? printableLines(value) : printable(value), MAX_FACT_BYTES)]
    }),
  )
}
