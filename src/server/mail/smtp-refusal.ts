/** The SMTP answer to a refused command or mail. */

/** `code` as in RFC 5321 (4.2), `status` as in RFC 3463. 4xx asks the sender to try again. */
export interface SmtpRefusal {
  readonly kind: 'refused'
  readonly code: 421 | 451 | 452 | 535 | 550 | 552
  readonly status: string
  readonly text: string
}

export function smtpRefusal(code: SmtpRefusal['code'], status: string, text: string): SmtpRefusal {
  return { kind: 'refused', code, status, text }
}

/** In the form that smtp-server expects. It replaces control characters in the text by spaces. */
export function replyOf({ code, status, text }: SmtpRefusal): Error & { responseCode: number } {
  return Object.assign(new Error(`${status} ${text}`), { responseCode: code })
}
