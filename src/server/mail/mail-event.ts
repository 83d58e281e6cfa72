/** Makes of a mail what an event says: state, message, and what its headers tell. */

import { composeMessage } from '../../telemetry/compose-message.ts'
import { fitMessage } from '../../telemetry/fit-message.ts'
import type { Pair } from '../http/request-target.ts'
import { type EventFields, validateParameters } from '../ingest/telemetry-parameters.ts'
import { isAutomatic } from './automatic-mail.ts'
import type { Mail } from './parse-mail.ts'
import { type SmtpRefusal, smtpRefusal } from './smtp-refusal.ts'
import { parseSubject, type SubjectRules } from './subject.ts'

export type MailEvent = { readonly kind: 'event'; readonly fields: EventFields } | SmtpRefusal

/** Header by header, the parameters of the API that a mail can carry besides. */
const HEADERS = {
  'x-cronitor-series': 'series',
  'x-cronitor-env': 'env',
  'x-cronitor-host': 'host',
  'x-cronitor-status-code': 'status_code',
  'x-cronitor-metric': 'metric',
} as const

/** `keys` are the API keys that the mail came with: they are not to be kept. */
export function mailEvent(mail: Mail, rules: SubjectRules, keys: readonly string[]): MailEvent {
  // First of all: a wrong answer to an automatic mail is what makes loops.
  if (isAutomatic(mail.header('auto-submitted'))) {
    return smtpRefusal(550, '5.7.1', 'mail that a program sent by itself (Auto-Submitted) is no event')
  }
  const subject = parseSubject(mail.subject, rules)
  if (subject === undefined) {
    return smtpRefusal(550, '5.6.0', 'the subject has to begin with run, complete, fail or ok')
  }
  const message = messageOf(mail.text.trim() === '' ? subject.rest : mail.text, keys)
  const pairs: Pair[] = [['state', subject.state]]
  if (message !== undefined) pairs.push(['message', message])
  for (const [header, parameter] of Object.entries(HEADERS)) {
    for (const value of mail.header(header)) pairs.push([parameter, value])
  }
  // By the rules of HTTP, so that both ways in have the same.
  const validation = validateParameters('get', pairs)
  switch (validation.kind) {
    case 'valid':
      return { kind: 'event', fields: validation.fields }
    case 'invalid':
      return smtpRefusal(550, '5.6.0', `a header X-Cronitor-* is wrong: ${validation.reason}`)
    default:
      return validation satisfies never
  }
}

/** The end of the text, as of a job's output: there it says how it went. */
function messageOf(text: string, keys: readonly string[]): string | undefined {
  const tail = Buffer.from(text.replace(/^\s*\n/, ''))
  const message = composeMessage({ tail, totalBytes: tail.length, secrets: keys })
  return fitMessage(message, { maxEncodedBytes: Number.POSITIVE_INFINITY })
}
