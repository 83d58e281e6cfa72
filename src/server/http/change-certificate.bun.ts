/** Gives the new connections of an HTTPS server another certificate. */

import { createSecureContext } from 'node:tls'
import type { Certificate } from './certificate.ts'
import type { ServerSockets } from './sockets.ts'

/**
 * A server of Bun keeps its certificate (https://github.com/oven-sh/bun/pull/42576), so that another one takes its place.
 * In between nobody listens, for some milliseconds. Open connections stay with the earlier server until
 * they end.
 */
export function changeCertificate(
  current: ServerSockets,
  certificate: Certificate,
  listenAgain: (certificate: Certificate) => ServerSockets,
): ServerSockets {
  createSecureContext({ ...certificate })
  current.server.close()
  const next = listenAgain(certificate)
  if (!next.server.listening) throw new Error('cannot listen with the new certificate: restart the server')
  return next
}
