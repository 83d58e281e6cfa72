/** Reads the certificate that the API's host shows, after a request has been answered. */

import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { connector } from '../../../client/connect.ts'
import { withTimeLimit } from '../../../system/time-limit.ts'

export interface PeerCertificate {
  /** Milliseconds since 1970. */
  readonly ends: number
  /** The name of the authority, as the certificate has it. */
  readonly issuer: string | undefined
}

/** Undefined if it is not known. Never rejects. */
export async function peerCertificate(
  origin: URL,
  proxy: URL | undefined,
  timeoutMs: number,
): Promise<PeerCertificate | undefined> {
  const sockets = new Set<Socket>()
  const read = new Promise<PeerCertificate | undefined>(resolve =>
    connector(origin, proxy, sockets)((_, socket) => resolve(certificateOf(socket))),
  )
  const certificate = await withTimeLimit(read, timeoutMs)
  // Not in this turn, which can be that of the event secureConnect: there Node.js 20 to 26 crashes if the socket below TLS is
  // destroyed.
  setImmediate(() => {
    for (const socket of sockets) socket.destroy()
  })
  return certificate
}

function certificateOf(socket: Socket | undefined): PeerCertificate | undefined {
  if (socket === undefined || !isTls(socket)) return undefined
  const { valid_to: end, issuer } = socket.getPeerCertificate()
  const ends = Date.parse(end ?? '')
  const name = issuer?.CN ?? issuer?.O
  return Number.isNaN(ends) ? undefined : { ends, issuer: Array.isArray(name) ? name[0] : name }
}

function isTls(socket: Socket): socket is TLSSocket {
  return 'getPeerCertificate' in socket
}
