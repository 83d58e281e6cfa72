/** The notification as environment variables, for `--notify-command`. */

import { printable, printableLines } from '../../system/printable.ts'
import { MAX_FACT_BYTES, type Notification } from './notification.ts'
import { startOf } from './truncate.ts'

/**
 * The field names of the JSON body, with a prefix that no setting has. The command may run `cronitor exec` or `ping`, which
 * read CRONITOR_ENV, CRONITOR_SERIES, CRONITOR_HOSTNAME and others.
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
 * All variables are always set; unknown values are empty. They are safe to print or to use in the header of a mail: each is one
 * line, except the message.
 */
export function variablesOf(notification: Notification): Record<string, string> {
  return Object.fromEntries(
    Object.entries(NAMES).map(([field, name]) => {
      const value = String(notification[field as keyof Notification] ?? '')
      return [name, startOf(field === 'message' ? printableLines(value) : printable(value), MAX_FACT_BYTES)]
    }),
  )
}
