/** A port in front of an API: it can be shut and opened again, and change its certificate. */

import { connect, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { onOwnPort } from './own-port.ts'
import type { Certificate } from './tls.ts'

export interface SwitchablePort {
  readonly port: number
  /** Accepts connections, with TLS if there is a certificate. If it is open already, the certificate is replaced. */
  open(certificate?: Certificate): Promise<void>
  /** Refuses new connections; open ones stay. */
  shut(): void
  /** Shuts it for good and ends every connection. */
  close(): void
}

/** Open from the start; leads to a port of 127.0.0.1. */
export async function openSwitchablePort(toPort: number, certificate?: Certificate): Promise<SwitchablePort> {
  const sockets = new Set<Socket>()
  let server: Server | undefined

  const passOn = (socket: Socket): void => {
    const onward = connect(toPort, '127.0.0.1')
    for (const end of [socket, onward]) {
      sockets.add(end)
      end.on('error', () => {}).on('close', () => sockets.delete(end))
    }
    // The end of one is the end of the other, also if it comes without FIN.
    socket.pipe(onward).on('close', () => socket.destroySoon())
    onward.pipe(socket).on('close', () => onward.destroySoon())
  }

  async function listen(port: number, shown: Certificate | undefined): Promise<void> {
    const next =
      shown === undefined ? createServer(passOn) : createTlsServer({ ...shown }, socket => passOn(socket))
    // A client that does not trust us says so and leaves.
    next.on('tlsClientError', () => {})
    await new Promise<void>((resolve, reject) => {
      next.once('error', reject)
      next.listen(port, '127.0.0.1', resolve)
    })
    server = next
  }

  function shut(): void {
    server?.close()
    server = undefined
  }

  const port = await onOwnPort(async free => {
    await listen(free, certificate)
    return free
  })
  return {
    port,
    async open(shown) {
      shut()
      await listen(port, shown)
    },
    shut,
    close() {
      shut()
      for (const socket of sockets) socket.destroy()
    },
  }
}
