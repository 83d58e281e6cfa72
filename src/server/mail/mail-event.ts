/** Converts a mail into an event: its state, message, and the fields in its headers. */

import { composeMessage } from '../../telemetry/compose-message.ts'
import { fitMessage } from '../../telemetry/fit-message.ts'
import type { Ignored } from '../http/ignored-counter.ts'
import type { Pair } from '../http/request-target.ts'
import { takeParameters } from '../ingest/take-parameters.ts'
import { type EventFields, validateParameters } from '../ingest/telemetry-parameters.ts'
import { isAutomatic } from './automatic-mail.ts'
import type { Mail } from './parse-mail.ts'
import { type SmtpRefusal, smtpRefusal } from './smtp-refusal.ts'
import { parseSubject, type SubjectRules } from './subject.ts'

export type MailEvent =
  | { readonly kind: 'event'; readonly fields: EventFields; readonly ignored: readonly Ignored[] }
  | SmtpRefusal

/** The headers that set parameters of the API. */
const HEADERS = {
  'x-cronitor-series': 'series',
  'x-cronitor-env': 'env',
  'x-cronitor-host': 'host',
  'x-cronitor-status-code': 'status_code',
  'x-cronitor-metric': 'metric',
} as const

/** `keys` are the API keys that the client has used: they must not be stored. */
export function mailEvent(
  mail: Mail,
  rules: SubjectRules,
  keys: readonly string[],
  isStrict: boolean,
): MailEvent {
  // Before anything else: mail servers that answer automatic mail create loops.
  if (isAutomatic(mail.header('auto-submitted'))) {
    return smtpRefusal(550, '5.7.1', 'automatic mail (Auto-Submitted) is not accepted', 'automatic_mail')
  }
  const subject = parseSubject(mail.subject, rules)
  if (subject === undefined) {
    return smtpRefusal(
      550,
      '5.6.0',
      'the subject must begin with run, complete, fail or ok',
      'invalid_parameter',
    )
  }
  const message = messageOf(mail.text.trim() === '' ? subject.rest : mail.text, keys)
  const pairs: Pair[] = [['state', subject.state]]
  if (message !== undefined) pairs.push(['message', message])
  for (const [header, parameter] of Object.entries(HEADERS)) {
    for (const value of mail.header(header)) pairs.push([parameter, value])
  }
  // The same as for HTTP.
  const validation = isStrict ? validateParameters('get', pairs) : takeParameters('get', pairs)
  switch (validation.kind) {
    case 'valid':
      return { kind: 'event', fields: validation.fields, ignored: validation.ignored ?? [] }
    case 'invalid':
      return smtpRefusal(
        550,
        '5.6.0',
        `a header X-Cronitor-* is wrong: ${validation.reason}`,
        'invalid_parameter',
      )
    default:
      return validation satisfies never
  }
}

/** The end of the text, as with a job's output: it usually says what happened. */
function messageOf(text: string, keys: readonly string[]): string | undefined {
  const tail = Buffer.from(text.replace(/^\s*\n/, ''))
  const message = composeMessage({ tail, totalBytes: tail.length, secrets: keys })
  return fitMessage(message, { maxEncodedBytes: Number.POSITIVE_INFINITY })
}
