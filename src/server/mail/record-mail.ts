/** Records a complete mail as an event for each of its recipients. */

import { redactKeys } from '../ingest/redact-keys.ts'
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
