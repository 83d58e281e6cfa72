/** The SMTP answer to a refused command or mail. */

import type { RefusalReason } from '../http/refusal-reason.ts'

/** `code` as in RFC 5321 (4.2), `status` as in RFC 3463. 4xx asks the sender to try again. */
export interface SmtpRefusal {
  readonly kind: 'refused'
  readonly code: 421 | 451 | 452 | 535 | 550 | 552
  readonly status: string
  readonly text: string
  readonly reason: RefusalReason
  /** If it is known for which monitor the mail is. */
  readonly monitorKey?: string
}

export function smtpRefusal(
  code: SmtpRefusal['code'],
  status: string,
  text: string,
  reason: RefusalReason,
): SmtpRefusal {
  return { kind: 'refused', code, status, text, reason }
}

/** In the form that smtp-server expects. It replaces control characters in the text by spaces. */
export function replyOf({ code, status, text }: SmtpRefusal): Error & { responseCode: number } {
  return Object.assign(new Error(`${status} ${text}`), { responseCode: code })
}
