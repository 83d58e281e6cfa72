/** Records a complete mail as an event for each of its recipients. */

import { TOO_MANY_MONITORS } from '../http/answer.ts'
import type { IgnoredCounter } from '../http/ignored-counter.ts'
import { fitTexts } from '../ingest/fit-texts.ts'
import type { KeyRedactor } from '../ingest/redact-keys.ts'
import type { Store } from '../store/store.ts'
import { mailEvent } from './mail-event.ts'
import { parseMail } from './parse-mail.ts'
import { type SmtpRefusal, smtpRefusal } from './smtp-refusal.ts'
import type { SubjectRules } from './subject.ts'

export interface Envelope {
  readonly monitorKeys: readonly string[]
  /** All API keys that the client has used. They must not be stored. */
  readonly apiKeys: readonly string[]
}

export interface RecordMailContext {
  readonly store: Pick<Store, 'record'>
  /** Milliseconds since 1970. */
  readonly wallClock: () => number
  readonly subject: SubjectRules
  readonly redactor: KeyRedactor
  /** True: headers must follow the API's description to the letter. */
  readonly isStrict: boolean
  readonly ignoredCounter: IgnoredCounter
  /** Called if an event could not be stored. */
  readonly onFailure: (error: unknown) => void
}

export type RecordedMail = { readonly kind: 'taken'; readonly text: string } | SmtpRefusal

/**
 * Never rejects. SMTP has one answer for all recipients: if one event cannot be stored, the sender is asked to try again, and
 * the other events are then stored twice, unless the mail names a series. This is rare: the store commits events together that
 * it gets together.
 */
export async function recordMail(
  bytes: Buffer,
  envelope: Envelope,
  { store, wallClock, subject, redactor, isStrict, ignoredCounter, onFailure }: RecordMailContext,
): Promise<RecordedMail> {
  const receivedAt = wallClock()
  const read = await parseMail(bytes)
  if (read.kind === 'unreadable') return smtpRefusal(550, '5.6.0', `the mail ${read.reason}`, 'malformed')
  for (const key of envelope.apiKeys) redactor.remember(key)
  // Before the text is cut, so that no half of a key remains.
  const mail = { ...read.mail, text: redactor.text(read.mail.text) }
  const event = mailEvent(mail, subject, envelope.apiKeys, isStrict)
  if (event.kind === 'refused') return event

  const { fields, ignored } = fitTexts(redactor.fields(event.fields, envelope.apiKeys), event.ignored)
  const stored = await Promise.allSettled(
    envelope.monitorKeys.map(async monitorKey => await store.record({ receivedAt, monitorKey, ...fields })),
  )
  const failed = stored.find(outcome => outcome.status === 'rejected')
  if (failed !== undefined) {
    onFailure(failed.reason)
    return smtpRefusal(451, '4.3.0', 'the event could not be stored, try again', 'not_stored')
  }
  const surplus = stored.findIndex(
    outcome => outcome.status === 'fulfilled' && outcome.value.kind === 'too-many-monitors',
  )
  if (surplus >= 0) {
    const monitorKey = envelope.monitorKeys[surplus] ?? ''
    return { ...smtpRefusal(550, '5.7.1', TOO_MANY_MONITORS, 'too_many_monitors'), monitorKey }
  }
  ignoredCounter.count(ignored, `a mail to the monitor ${envelope.monitorKeys.join(', ')}`)
  const left = [...new Set(ignored.map(({ parameter }) => parameter))].join(', ')
  const notAll = left === '' ? '' : `, but not all of it: ${left}`
  return { kind: 'taken', text: `2.6.0 recorded as ${fields.state}${notAll}` }
}
