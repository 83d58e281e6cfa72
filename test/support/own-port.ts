/** Ports of 127.0.0.1 that stay a test's own while nobody listens there. */

import { createServer } from 'node:net'

/**
 * Refuses connections, always: no service has this port (IANA), and no system gives it out. A port that was free a moment
 * ago could be given to a server of another test.
 */
export const CLOSED_PORT = 4

/** Systems give out ports from 32,768 up: none of these, while its server is down. */
const FIRST_PORT = 20_000
const PORTS = 12_000

/** Calls `listen` with one port after another until one is free. */
export async function onOwnPort<Server>(listen: (port: number) => Promise<Server>): Promise<Server> {
  for (;;) {
    try {
      return await listen(FIRST_PORT + Math.floor(Math.random() * PORTS))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    }
  }
}

/** A free port for a program that listens on a port by its number. */
export function ownPort(): Promise<number> {
  return onOwnPort(
    port =>
      new Promise((resolve, reject) => {
        const server = createServer().once('error', reject)
        server.listen(port, '127.0.0.1', () => server.close(() => resolve(port)))
      }),
  )
}
