/** Receivers of notifications from `cronitor serve`: an HTTP server and a mail server. */

import { createServer, type Server, type ServerResponse } from 'node:http'
import { type ParsedMail, simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'
import { onTestFinished } from 'vitest'
import { onOwnPort } from './own-port.ts'

export interface WebhookReceiver {
  readonly port: number
  /** The bodies that were taken, in order. */
  readonly bodies: () => Record<string, unknown>[]
  /** All requests, also those that were not taken. */
  readonly requests: () => number
  /** Default: 204. What is not 2xx is not taken. */
  respond: (response: ServerResponse) => void
  readonly close: () => Promise<void>
}

/** On 127.0.0.1. If one is closed, another can be started on its port: nobody else gets it. */
export async function startWebhookReceiver(port?: number): Promise<WebhookReceiver> {
  const bodies: Record<string, unknown>[] = []
  let requests = 0
  const server: Server = createServer(async (request, response) => {
    requests += 1
    let body = ''
    for await (const chunk of request) body += chunk
    response.on('finish', () => {
      if (response.statusCode < 300) bodies.push(JSON.parse(body))
    })
    hook.respond(response)
  })
  const listen = (free: number) =>
    new Promise<number>((resolve, reject) => {
      server.once('error', reject)
      server.listen(free, '127.0.0.1', () => resolve(free))
    })
  const taken = port === undefined ? await onOwnPort(listen) : await listen(port)
  const hook: WebhookReceiver = {
    port: taken,
    bodies: () => [...bodies],
    requests: () => requests,
    respond: response => response.writeHead(204).end(),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  onTestFinished(() => hook.close())
  return hook
}

export interface MailReceiver {
  readonly port: number
  readonly mails: () => ParsedMail[]
}

export async function startMailReceiver(): Promise<MailReceiver> {
  const mails: ParsedMail[] = []
  const server = new SMTPServer({
    authOptional: true,
    logger: false,
    onData: (stream, _session, done) => {
      simpleParser(stream).then(mail => {
        mails.push(mail)
        done()
      }, done)
    },
  })
  // A client that leaves in the middle is the client's affair.
  server.on('error', () => {})
  const listener = server.listen(0, '127.0.0.1')
  await new Promise<void>(resolve => listener.once('listening', resolve))
  onTestFinished(() => new Promise<void>(resolve => server.close(resolve)))
  const address = listener.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    mails: () => [...mails],
  }
}
