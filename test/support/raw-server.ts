/** TCP servers with faults below HTTP. */

import { type AddressInfo, createServer, type Socket } from 'node:net'

/** Bytes that no HTTP parser takes for the head of a response. */
export const GARBAGE = Buffer.from('\x00\xff\x7f no HTTP at all \r\n\r\n\x00\x01', 'latin1')

/** 'hang' accepts and says nothing; 'reset' ends with RST, 'close' with FIN; 'garbage' says something that is not HTTP. */
export type RawFault = 'hang' | 'reset' | 'garbage' | 'close'

export interface RawServer {
  readonly url: string
  readonly port: number
  /** How many connections were accepted so far. */
  readonly connections: () => number
  readonly close: () => Promise<void>
}

/** Starts one on a free port of 127.0.0.1, which does the same to each connection at once. */
export async function startRawServer(fault: RawFault): Promise<RawServer> {
  const open = new Set<Socket>()
  let accepted = 0
  const server = createServer(socket => {
    accepted += 1
    open.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => open.delete(socket))
    commit(fault, socket)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    connections: () => accepted,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const socket of open) socket.destroy()
      }),
  }
}

function commit(fault: RawFault, socket: Socket): void {
  switch (fault) {
    case 'hang':
      socket.resume()
      return
    case 'reset':
      socket.resetAndDestroy()
      return
    case 'garbage':
      socket.resume()
      socket.end(GARBAGE)
      return
    case 'close':
      socket.resume()
      socket.end()
      return
    default:
      fault satisfies never
  }
}
