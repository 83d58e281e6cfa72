/** Why a mail or a command is not taken, as SMTP says it. */

/** Codes are of RFC 5321 (4.2), their extended form of RFC 3463. 4xx: the sender is to try again. */
export interface SmtpRefusal {
  readonly kind: 'refused'
  readonly code: 421 | 451 | 452 | 535 | 550 | 552
  readonly status: string
  readonly text: string
}

export function smtpRefusal(code: SmtpRefusal['code'], status: string, text: string): SmtpRefusal {
  return { kind: 'refused', code, status, text }
}

/** As smtp-server wants its refusals; it makes spaces of control characters in the text. */
export function replyOf({ code, status, text }: SmtpRefusal): Error & { responseCode: number } {
  return Object.assign(new Error(`${status} ${text}`), { responseCode: code })
}
