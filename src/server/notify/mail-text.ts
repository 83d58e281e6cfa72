/** Writes the subject and text of a mail about changes. */

import { printable, printableLines } from '../../system/printable.ts'
import { changeSentence, changeSentenceWithReason } from './change-sentence.ts'
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
    ['Env', facts.env],
    ['Is', facts.again ? `still ${facts.to}` : `${facts.to} (was ${facts.from})`],
    ['Since', facts.since],
    ['Reason', facts.reason],
    ['Rule', facts.rule],
    ['Run', facts.state],
    ['Exit status', facts.status_code === null ? null : String(facts.status_code)],
    ['Duration', facts.duration === null ? null : `${facts.duration} s`],
    ['Series', facts.series],
    ['Host', facts.host],
  ]
  const known = rows.filter((row): row is readonly [string, string] => row[1] !== null)
  const lines = known.map(([name, value]) => `${`${name}:`.padEnd(13)}${printable(value)}`)
  const output =
    facts.message === null ? [] : ['', 'The end of its output:', '', printableLines(facts.message)]
  return {
    subject: `[cronitor] ${changeSentence(facts)}`,
    text: `${[...lines, ...output].join('\n')}\n`,
  }
}

/** One line for each change, oldest first. */
function summary(changes: readonly Notification[]): MailText {
  const monitors = new Set(changes.map(({ monitor }) => monitor)).size
  const lines = changes.map(facts => `${facts.at}  ${changeSentenceWithReason(facts)}`)
  return {
    subject: `[cronitor] ${changes.length} changes of ${monitors === 1 ? '1 monitor' : `${monitors} monitors`}`,
    text: `${lines.join('\n')}\n`,
  }
}
