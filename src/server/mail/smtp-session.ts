/** Handles the commands of one SMTP client: AUTH, MAIL, RCPT and DATA. */

import type { Readable } from 'node:stream'
import { admitRecipient, type RecipientRules } from './admit-recipient.ts'
import { collectMail } from './collect-mail.ts'
import { type RecordedMail, type RecordMailContext, recordMail } from './record-mail.ts'
import { type SmtpRefusal, smtpRefusal } from './smtp-refusal.ts'

export const MAX_MAIL_BYTES = 1024 * 1024

/** Each recipient is an event, and all are on disk before the answer. */
export const MAX_RECIPIENTS = 20

const MAX_WRONG_KEYS = 3

export type SmtpSessionContext = RecipientRules & RecordMailContext

/** One for each connection. Each function returns why the command is refused. */
export interface SmtpSession {
  /** Undefined: the key is accepted. */
  readonly logIn: (apiKey: string) => SmtpRefusal | undefined
  readonly startMail: (sender: string) => SmtpRefusal | undefined
  /** `login` is the key that `logIn` accepted; undefined without a login. */
  readonly addRecipient: (mailbox: string, login: string | undefined) => SmtpRefusal | undefined
  /** Records the mail for the recipients since `startMail`. Never rejects. */
  readonly recordMail: (stream: Readable) => Promise<RecordedMail>
}

/** `address` is the client address as the rate limits count it; that of a relay has no limit for events. */
export function createSmtpSession(
  { address, isRelay = false }: { readonly address: string; readonly isRelay?: boolean },
  surroundings: SmtpSessionContext,
): SmtpSession {
  const { keys, limits, clock } = surroundings
  /** Monitor keys. */
  const recipients = new Set<string>()
  const givenKeys = new Set<string>()
  let wrongKeys = 0

  /** Limits guesses: a few on a connection, and all together by the address. */
  const wrongKey = (answer: SmtpRefusal): SmtpRefusal => {
    wrongKeys += 1
    const admission = limits.admitUnknownKey(address, clock())
    return wrongKeys >= MAX_WRONG_KEYS || admission.kind === 'refused'
      ? { ...answer, code: 421, status: '4.7.0', text: 'too many wrong API keys' }
      : answer
  }

  return {
    logIn: apiKey => {
      if (apiKey === '' || keys?.isKnown(apiKey) === false) {
        return wrongKey(smtpRefusal(535, '5.7.8', 'the password is not an accepted API key', 'unknown_key'))
      }
      givenKeys.add(apiKey)
      return undefined
    },

    startMail: sender => {
      recipients.clear()
      // RFC 5321, 4.5.5: mail without a sender reports failed delivery, and must never be answered.
      return sender === ''
        ? smtpRefusal(550, '5.7.1', 'bounces (mail without a sender) are not accepted', 'automatic_mail')
        : undefined
    },

    addRecipient: (mailbox, login) => {
      const decision = admitRecipient(
        mailbox,
        { address: isRelay ? undefined : address, login },
        surroundings,
      )
      switch (decision.kind) {
        case 'refused':
          return decision
        case 'wrong-key':
          return wrongKey({
            ...smtpRefusal(550, '5.7.1', 'the API key is not accepted', 'unknown_key'),
            monitorKey: decision.monitorKey,
          })
        case 'admitted':
          break
        default:
          return decision satisfies never
      }
      if (recipients.size >= MAX_RECIPIENTS && !recipients.has(decision.monitorKey)) {
        return smtpRefusal(452, '4.5.3', `a mail can have ${MAX_RECIPIENTS} recipients`, 'too_large')
      }
      if (decision.apiKey !== undefined) givenKeys.add(decision.apiKey)
      // A monitor that is named twice gets one event.
      recipients.add(decision.monitorKey)
      return undefined
    },

    recordMail: async stream => {
      const mail = await collectMail(stream, MAX_MAIL_BYTES)
      switch (mail.kind) {
        case 'whole':
          return await recordMail(
            mail.bytes,
            { monitorKeys: [...recipients], apiKeys: [...givenKeys] },
            surroundings,
          )
        case 'too-large':
          return smtpRefusal(552, '5.3.4', `the mail has more than ${MAX_MAIL_BYTES} bytes`, 'too_large')
        case 'cut-short':
          return smtpRefusal(451, '4.4.2', 'the mail ended early', 'malformed')
        default:
          return mail satisfies never
      }
    },
  }
}
