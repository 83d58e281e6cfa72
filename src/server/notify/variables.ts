/** A message as environment variables, for `--notify-command`. */

import { printable, printableLines } from '../../system/printable.ts'
import type { BundleMessage, SingleMessage } from './message.ts'
import { MAX_FACT_BYTES, type Notification } from './notification.ts'
import { startOf } from './truncate.ts'

/**
 * The field names of the JSON body, with a prefix that no setting has. The command may run `cronitor exec` or `ping`, which
 * read CRONITOR_ENV, CRONITOR_SERIES, CRONITOR_HOSTNAME and others.
 */
const NAMES: Readonly<Record<Exclude<keyof Notification, 'message'>, string>> = {
  id: 'CRONITOR_CHANGE_ID',
  monitor: 'CRONITOR_CHANGE_MONITOR',
  from: 'CRONITOR_CHANGE_FROM',
  to: 'CRONITOR_CHANGE_TO',
  at: 'CRONITOR_CHANGE_AT',
  again: 'CRONITOR_CHANGE_AGAIN',
  since: 'CRONITOR_CHANGE_SINCE',
  reason: 'CRONITOR_CHANGE_REASON',
  rule: 'CRONITOR_CHANGE_RULE',
  due_at: 'CRONITOR_CHANGE_DUE_AT',
  state: 'CRONITOR_CHANGE_STATE',
  series: 'CRONITOR_CHANGE_SERIES',
  host: 'CRONITOR_CHANGE_HOST',
  env: 'CRONITOR_CHANGE_ENV',
  status_code: 'CRONITOR_CHANGE_STATUS_CODE',
  duration: 'CRONITOR_CHANGE_DURATION',
}

const FIELDS = Object.keys(NAMES) as readonly (keyof typeof NAMES)[]

/**
 * All variables are always set; unknown values are empty. Of several changes a variable has the value that all of them
 * share, or is empty, except the message, which is the text. The values are safe to print or to use in the header of a
 * mail: each is one line, except the message and the text.
 */
export function variablesOf(message: SingleMessage | BundleMessage): Record<string, string> {
  const { text } = message
  const changes = 'changes' in message ? message.changes : [message]
  const values = FIELDS.map(field => {
    const [value, ...others] = new Set(changes.map(change => change[field]))
    return [NAMES[field], others.length > 0 ? '' : oneLine(String(value ?? ''))] as const
  })
  const output = 'changes' in message ? text : (message.message ?? '')
  return {
    ...Object.fromEntries(values),
    CRONITOR_CHANGE_COUNT: String(changes.length),
    CRONITOR_CHANGE_TEXT: lines(text),
    CRONITOR_CHANGE_MESSAGE: lines(output),
  }
}

function oneLine(value: string): string {
  return startOf(printable(value), MAX_FACT_BYTES)
}

function lines(value: string): string {
  return startOf(printableLines(value), MAX_FACT_BYTES)
}
