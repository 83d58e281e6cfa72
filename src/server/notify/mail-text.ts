/** Writes the subject and text of a mail about changes. */

import { printable, printableLines } from '../../system/printable.ts'
import { lastLine } from '../../telemetry/last-line.ts'
import type { Health } from '../monitors/monitors.ts'
import type { Notification } from './notification.ts'

export interface MailText {
  /** One line. */
  readonly subject: string
  readonly text: string
}

export function mailText(changes: readonly [Notification, ...Notification[]]): MailText {
  const [first, ...others] = changes
  return others.length === 0 ? single(first) : summary(changes)
}

function single(facts: Notification): MailText {
  const rows: readonly (readonly [string, string | null])[] = [
    ['Monitor', facts.monitor],
    ['Is', `${facts.to} (was ${facts.from})`],
    ['Since', facts.at],
    ['Run', facts.state],
    ['Exit status', facts.status_code === null ? null : String(facts.status_code)],
    ['Duration', facts.duration === null ? null : `${facts.duration} s`],
    ['Series', facts.series],
    ['Host', facts.host],
    ['Env', facts.env],
  ]
  const known = rows.filter((row): row is readonly [string, string] => row[1] !== null)
  const lines = known.map(([name, value]) => `${`${name}:`.padEnd(13)}${printable(value)}`)
  const output =
    facts.message === null ? [] : ['', 'The end of its output:', '', printableLines(facts.message)]
  return {
    subject: `[cronitor] ${printable(facts.monitor)} ${isNow(facts.to, facts.from)}`,
    text: `${[...lines, ...output].join('\n')}\n`,
  }
}

/** One line for each change, oldest first. */
function summary(changes: readonly Notification[]): MailText {
  const monitors = new Set(changes.map(({ monitor }) => monitor)).size
  const lines = changes.map(
    ({ at, monitor, from, to, ...facts }) =>
      `${at}  ${printable(monitor)} ${isNow(to, from)}${to === 'failing' ? why(facts) : ''}`,
  )
  return {
    subject: `[cronitor] ${changes.length} changes of ${monitors === 1 ? '1 monitor' : `${monitors} monitors`}`,
    text: `${lines.join('\n')}\n`,
  }
}

function why({ message, status_code: status }: Pick<Notification, 'message' | 'status_code'>): string {
  const end = lastLine(message ?? '', 200)
  if (end !== '') return `: ${end}`
  return status === null || status === 0 ? '' : `, exit status ${status}`
}

function isNow(to: Health, from: Health): string {
  return to === 'healthy' && from !== 'unknown' ? 'is healthy again' : `is ${to}`
}
