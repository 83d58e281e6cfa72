/** `--notify-mail`: sends each message as a mail. */

import { createTransport } from 'nodemailer'
import { tlsOptionsFor, trustSystemFor } from '../../client/authorities.ts'
import { certificateProblem, isChainProblem } from '../../client/connection-problem.ts'
import { type Changes, type Channel, cursorName, type NotifyOutcome } from './channel.ts'
import { mailText } from './mail-text.ts'
import { notificationOf } from './notification.ts'

export interface OutgoingMailServer {
  readonly host: string
  readonly port: number
  /** TLS from the start (smtps). */
  readonly secure: boolean
  readonly auth?: { readonly user: string; readonly pass: string }
}

export interface MailOptions {
  readonly to: string
  readonly from: string
  readonly server: OutgoingMailServer
  /** For SSL_CERT_FILE and SSL_CERT_DIR. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Some servers delay their greeting on purpose, against spam. */
const GREETING_MS = 30_000
const CONNECTION_MS = 10_000
const TOTAL_MS = 60_000

export function mailChannel({ to, from, server, env }: MailOptions): Channel {
  async function deliver(
    [first, ...others]: Changes,
    signal: AbortSignal,
    isSecondTry = false,
  ): Promise<NotifyOutcome> {
    const { subject, text } = mailText([notificationOf(first), ...others.map(notificationOf)])
    const transport = createTransport({
      ...server,
      ...protection(server),
      tls: tlsOptionsFor(server.host),
      connectionTimeout: CONNECTION_MS,
      greetingTimeout: GREETING_MS,
      socketTimeout: GREETING_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    })
    try {
      await transport.sendMail({
        from,
        to,
        subject,
        text,
        // Programs do not answer such mail (RFC 3834, 5), and `--smtp-port` does not record it as an event.
        headers: { 'Auto-Submitted': 'auto-generated' },
        // nodemailer 10 has this option, but its types are still those of 8.
        ...{ signal: AbortSignal.any([signal, AbortSignal.timeout(TOTAL_MS)]) },
      })
      return { kind: 'delivered' }
    } catch (error) {
      const isOurs = !isSecondTry && isChainProblem(originalCode(error))
      if (isOurs && trustSystemFor(server.host, env).kind === 'found')
        return deliver([first, ...others], signal, true)
      return mailFailure(error, `${server.host}:${server.port}`)
    } finally {
      transport.close()
    }
  }

  return {
    name: `--notify-mail ${to}`,
    cursor: cursorName('mail', to),
    deliver: (changes, signal) => deliver(changes, signal),
    close: () => {},
  }
}

/**
 * STARTTLS is used if the server offers it, with a verified certificate; it is required if there is a password. A mail server
 * on this host is used without TLS: its certificate is seldom for the name localhost, and nobody can listen in between.
 */
function protection({ host, secure, auth }: OutgoingMailServer): {
  ignoreTLS?: boolean
  requireTLS?: boolean
} {
  if (secure) return {}
  if (/^(localhost|127(\.\d+){3}|::1)$/i.test(host)) return { ignoreTLS: true }
  return { requireTLS: auth !== undefined }
}

/** Never repeats texts of the server, which may contain anything. RFC 5321, 4.2.1: 5yz errors are permanent. */
function mailFailure(error: unknown, server: string): NotifyOutcome {
  const { code, responseCode } = properties(error)
  if (typeof responseCode === 'number') {
    const problem = `${server} answered ${responseCode}${code === 'EAUTH' ? ' to the user name and password' : ''}`
    return { kind: responseCode >= 500 ? 'refused' : 'failed', problem }
  }
  const refused = certificateProblem(originalCode(error))
  if (refused !== undefined)
    return { kind: 'failed', problem: `certificate of ${server} refused: ${refused}` }
  return { kind: 'failed', problem: `no mail could be sent through ${server}${inBrackets(code)}` }
}

/** The code of Node.js, if nodemailer has replaced it by its own. */
function originalCode(error: unknown): string {
  const { originalCode: code } = properties(error)
  return typeof code === 'string' ? code : ''
}

function inBrackets(code: unknown): string {
  return typeof code === 'string' && /^\w+$/.test(code) ? ` (${code})` : ''
}

function properties(error: unknown): {
  readonly code?: unknown
  readonly originalCode?: unknown
  readonly responseCode?: unknown
} {
  return typeof error === 'object' && error !== null ? error : {}
}
