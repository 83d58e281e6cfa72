/** Takes a mail that has arrived whole, and records it as an event of each of its recipients. */

import { redactKeys } from '../ingest/redact-keys.ts'
import type { Store } from '../store/store.ts'
import { mailEvent } from './mail-event.ts'
import { parseMail } from './parse-mail.ts'
import { type SmtpRefusal, smtpRefusal } from './smtp-refusal.ts'
import type { SubjectRules } from './subject.ts'

export interface Envelope {
  readonly monitorKeys: readonly string[]
  /** That the client has given for whatever; they are not to be kept. */
  readonly apiKeys: readonly string[]
}

export interface RecordMailContext {
  readonly store: Pick<Store, 'record'>
  /** Milliseconds since 1970. */
  readonly wallClock: () => number
  readonly subject: SubjectRules
  /** Told of an event that could not be written. */
  readonly onFailure: (error: unknown) => void
}

export type RecordedMail = { readonly kind: 'taken'; readonly text: string } | SmtpRefusal

/**
 * Never rejects. SMTP has one answer for all recipients: where one event could not be stored the sender is told to
 * try again, and what was stored of the others is then there twice, unless the mail names a series. That takes a
 * store that fails in between; it commits together what is given to it together.
 */
export async function recordMail(
  bytes: Buffer,
  envelope: Envelope,
  { store, wallClock, subject, onFailure }: RecordMailContext,
): Promise<RecordedMail> {
  const receivedAt = wallClock()
  const read = await parseMail(bytes)
  if (read.kind === 'unreadable') return smtpRefusal(550, '5.6.0', `the mail ${read.reason}`)
  const event = mailEvent(read.mail, subject, envelope.apiKeys)
  if (event.kind === 'refused') return event

  const fields = redactKeys(event.fields, ...envelope.apiKeys)
  const stored = await Promise.allSettled(
    envelope.monitorKeys.map(async monitorKey => await store.record({ receivedAt, monitorKey, ...fields })),
  )
  const failed = stored.find(outcome => outcome.status === 'rejected')
  if (failed !== undefined) {
    onFailure(failed.reason)
    return smtpRefusal(451, '4.3.0', 'the event could not be stored, try again')
  }
  return { kind: 'taken', text: `2.6.0 recorded as ${fields.state}` }
}
