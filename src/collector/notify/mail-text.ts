/** The words of a mail about changes. */

import type { Health } from '../monitors.ts'
import type { Facts } from './facts.ts'

export interface MailText {
  /** One line. */
  readonly subject: string
  readonly text: string
}

export function mailText(changes: readonly [Facts, ...Facts[]]): MailText {
  const [first, ...others] = changes
  return others.length === 0 ? single(first) : summary(changes)
}

function single(facts: Facts): MailText {
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
  const lines = known.map(([name, value]) => `${`${name}:`.padEnd(13)}${oneLine(value)}`)
  const output = facts.message === null ? [] : ['', 'The end of its output:', '', facts.message]
  return {
    subject: `[cronitor] ${oneLine(facts.monitor)} ${isNow(facts.to, facts.from)}`,
    text: `${[...lines, ...output].join('\n')}\n`,
  }
}

/** A line a change, oldest first. */
function summary(changes: readonly Facts[]): MailText {
  const monitors = new Set(changes.map(({ monitor }) => monitor)).size
  const lines = changes.map(
    ({ at, monitor, from, to, status_code: status }) =>
      `${at}  ${oneLine(monitor)} ${isNow(to, from)}${status === null || status === 0 ? '' : `, exit status ${status}`}`,
  )
  return {
    subject: `[cronitor] ${changes.length} changes of ${monitors === 1 ? '1 monitor' : `${monitors} monitors`}`,
    text: `${lines.join('\n')}\n`,
  }
}

function isNow(to: Health, from: Health): string {
  return to === 'healthy' && from !== 'unknown' ? 'is healthy again' : `is ${to}`
}

/**
 * Without controls and line breaks of any kind, and without what turns the reading direction round (UAX #9), so that
 * a line says what it shows.
 */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '\ufffd')
}
