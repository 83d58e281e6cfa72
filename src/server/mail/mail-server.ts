/** The SMTP server: a mail to a monitor becomes an event. */

import { type AddressInfo, isIPv6, type Socket } from 'node:net'
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server'
import type { Certificate } from '../http/certificate.ts'
import { clientAddress, withoutZone } from '../http/client-address.ts'
import type { NetworkList } from '../http/network-list.ts'
import type { RefusalCounter } from '../http/refusal-counter.ts'
import { disabledCommands } from './disabled-commands.ts'
import { endLongSessions } from './session-limit.ts'
import { replyOf, type SmtpRefusal } from './smtp-refusal.ts'
import {
  createSmtpSession,
  MAX_MAIL_BYTES,
  MAX_RECIPIENTS,
  type SmtpSession,
  type SmtpSessionContext,
} from './smtp-session.ts'

export interface MailServerOptions extends SmtpSessionContext {
  /** The address to listen on. */
  readonly listen: string
  /** 0 is any free port. */
  readonly port: number
  readonly refusals: Pick<RefusalCounter, 'count'>
  /** The clients whose address has no limit for events. */
  readonly relays?: NetworkList | undefined
  /** Enables STARTTLS. */
  readonly certificate?: Certificate | undefined
  /** The longest silence of a client, and the longest session, in milliseconds. */
  readonly patience?: { readonly silentMs: number; readonly sessionMs: number }
}

export interface MailServer {
  /** `smtp://127.0.0.1:2525` */
  readonly url: string
  /** For STARTTLS on new connections. */
  readonly setCertificate: (certificate: Certificate) => void
  /** Accepts no more mail, and resolves once the current mails are answered, after at most a second. */
  readonly close: () => Promise<void>
}

/** Each connection can have a mail in memory. */
const MAX_CONNECTIONS = 50

const CLOSE_MS = 1000

/** RFC 5321 (4.5.3.2) asks servers for 5 minutes; here the clients are programs in the same network. */
const PATIENCE = { silentMs: 60_000, sessionMs: 600_000 }

/** Resolves when the server listens; rejects with the system's error (`EADDRINUSE`, `EACCES`) if it cannot. */
export async function startMailServer(options: MailServerOptions): Promise<MailServer> {
  const patience = options.patience ?? PATIENCE
  const server = new SMTPServer({
    ...options.certificate,
    minVersion: 'TLSv1.2',
    ...handlers(options),
    banner: 'cronitor',
    // For the greeting. disabled-commands.ts adds the rest when a client connects.
    disabledCommands: options.certificate === undefined ? ['STARTTLS'] : [],
    size: MAX_MAIL_BYTES,
    authMethods: ['PLAIN', 'LOGIN'],
    authOptional: true,
    // disabled-commands.ts disables AUTH if it is not safe.
    allowInsecureAuth: true,
    disableReverseLookup: true,
    // UPSes and printers write addresses that do not quite follow the standard.
    lenientAddressParsing: true,
    maxClients: MAX_CONNECTIONS,
    maxRecipients: MAX_RECIPIENTS,
    socketTimeout: patience.silentMs,
    closeTimeout: CLOSE_MS,
    logger: false,
  })
  const sockets = new Set<Socket>()
  server.server.on('connection', socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.listen, () => {
      server.off('error', reject)
      resolve()
    })
  })
  // Broken connections and failed TLS handshakes: the client notices them itself.
  server.on('error', () => {})
  const sweeping = endLongSessions(server, patience.sessionMs)
  const { address, port } = server.server.address() as AddressInfo

  return {
    url: `smtp://${isIPv6(address) ? `[${address}]` : address}:${port}`,
    setCertificate: certificate => server.updateSecureContext({ ...certificate }),
    close: async () => {
      clearInterval(sweeping)
      await new Promise<void>(resolve => server.close(resolve))
      // Clients that do not close their side must not keep the process running.
      for (const socket of sockets) socket.unref()
    },
  }
}

type Handlers = Pick<
  SMTPServerOptions,
  'onConnect' | 'onSecure' | 'onAuth' | 'onMailFrom' | 'onRcptTo' | 'onData'
>

function handlers(options: MailServerOptions): Handlers {
  const conversations = new WeakMap<SMTPServerSession, SmtpSession>()
  const conversation = (session: SMTPServerSession): SmtpSession => {
    const known = conversations.get(session)
    if (known !== undefined) return known
    const ip = withoutZone(session.remoteAddress)
    const isRelay = options.relays?.includes(ip) === true
    const created = createSmtpSession({ address: clientAddress(ip), isRelay }, options)
    conversations.set(session, created)
    return created
  }
  const disable = (session: SMTPServerSession) => {
    session.disabledCommands = disabledCommands({
      address: session.remoteAddress,
      isEncrypted: session.secure,
      hasCertificate: options.certificate !== undefined,
    })
  }
  const errorOf = (session: SMTPServerSession, refused: SmtpRefusal) => {
    const { code, reason, text, monitorKey } = refused
    const ip = session.remoteAddress
    const details = { error: text, client: { ip, address: clientAddress(ip) }, monitorKey }
    options.refusals.count({ status: code, reason, details })
    return replyOf(refused)
  }
  return {
    onConnect: (session, done) => {
      disable(session)
      done()
    },
    onSecure: (_socket, session, done) => {
      disable(session)
      done()
    },
    onAuth: ({ password }, session, done) => {
      const refused = conversation(session).logIn(password ?? '')
      if (refused === undefined) done(null, { user: password })
      else done(errorOf(session, refused))
    },
    onMailFrom: ({ address }, session, done) => {
      const refused = conversation(session).startMail(address)
      done(refused && errorOf(session, refused))
    },
    onRcptTo: ({ address }, session, done) => {
      const login: unknown = session.user
      const refused = conversation(session).addRecipient(
        address,
        typeof login === 'string' ? login : undefined,
      )
      done(refused && errorOf(session, refused))
    },
    onData: (stream, session, done) => {
      void conversation(session)
        .recordMail(stream)
        .then(answer => (answer.kind === 'taken' ? done(null, answer.text) : done(errorOf(session, answer))))
    },
  }
}
