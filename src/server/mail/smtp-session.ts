/** What is answered to each command of a client: AUTH, MAIL, RCPT and DATA. */

import type { Readable } from 'node:stream'
import { admitRecipient, type RecipientRules } from './admit-recipient.ts'
import { collectMail } from './collect-mail.ts'
import { type RecordedMail, type RecordMailContext, recordMail } from './record-mail.ts'
import { type SmtpRefusal, smtpRefusal } from './smtp-refusal.ts'

export const MAX_MAIL_BYTES = 1024 * 1024

/** Each is an event, written to disk before the one answer. */
export const MAX_RECIPIENTS = 20

const MAX_WRONG_KEYS = 3

export type SmtpSessionContext = RecipientRules & RecordMailContext

/** Of one connection. */
export interface SmtpSession {
  /** Undefined: the key is right. */
  readonly logIn: (apiKey: string) => SmtpRefusal | undefined
  readonly startMail: (sender: string) => SmtpRefusal | undefined
  /** `login` as `logIn` took it; undefined where nobody has logged in. */
  readonly addRecipient: (mailbox: string, login: string | undefined) => SmtpRefusal | undefined
  /** Takes the mail for the recipients since `startMail`. Never rejects. */
  readonly recordMail: (stream: Readable) => Promise<RecordedMail>
}

/** `address` is the client's, as the limits know it. */
export function createSmtpSession(address: string, surroundings: SmtpSessionContext): SmtpSession {
  const { keys, limits, clock } = surroundings
  /** Keys of monitors. */
  const recipients = new Set<string>()
  const givenKeys = new Set<string>()
  let wrongKeys = 0

  /** Guesses are few on a connection, and are counted with all else that comes from the address. */
  const wrongKey = (answer: SmtpRefusal): SmtpRefusal => {
    wrongKeys += 1
    const admission = limits.admitAddress(address, clock())
    return wrongKeys >= MAX_WRONG_KEYS || admission.kind === 'refused'
      ? smtpRefusal(421, '4.7.0', 'too many wrong API keys')
      : answer
  }

  return {
    logIn: apiKey => {
      if (apiKey === '' || keys?.isKnown(apiKey) === false) {
        return wrongKey(smtpRefusal(535, '5.7.8', 'the password is no API key that is accepted here'))
      }
      givenKeys.add(apiKey)
      return undefined
    },

    startMail: sender => {
      recipients.clear()
      // RFC 5321, 4.5.5: what comes without a sender tells of mail that could not be delivered, and is never answered.
      return sender === ''
        ? smtpRefusal(550, '5.7.1', 'bounces (mail without a sender) are no events')
        : undefined
    },

    addRecipient: (mailbox, login) => {
      const decision = admitRecipient(mailbox, { address, login }, surroundings)
      switch (decision.kind) {
        case 'refused':
          return decision
        case 'wrong-key':
          return wrongKey(smtpRefusal(550, '5.7.1', 'the API key is not accepted here'))
        case 'admitted':
          break
        default:
          return decision satisfies never
      }
      if (recipients.size >= MAX_RECIPIENTS && !recipients.has(decision.monitorKey)) {
        return smtpRefusal(452, '4.5.3', `a mail can have ${MAX_RECIPIENTS} recipients`)
      }
      if (decision.apiKey !== undefined) givenKeys.add(decision.apiKey)
      // A monitor that is named twice has one event of it.
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
          return smtpRefusal(552, '5.3.4', `the mail has more than ${MAX_MAIL_BYTES} bytes`)
        case 'cut-short':
          return smtpRefusal(451, '4.4.2', 'the mail ended too early')
        default:
          return mail satisfies never
      }
    },
  }
}
