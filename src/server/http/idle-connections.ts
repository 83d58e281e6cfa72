/**
 * Bounds the number of idle connections. Reverse proxies and load balancers keep connections open for their next
 * request, and each one takes a descriptor.
 */

import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

const MAX_IDLE = 1000

/** `openFiles` is the limit of open files: half of them are left for new connections and for the database. */
export function maxIdleConnections(openFiles: number | undefined): number {
  return openFiles === undefined ? MAX_IDLE : Math.max(1, Math.min(MAX_IDLE, Math.floor(openFiles / 2)))
}

/** Closes the connections that have been idle longest, as soon as more than `max` are idle. */
export function boundIdleConnections(server: Pick<Server, 'on'>, max: number): void {
  /** How many requests of a connection wait for their answers: more than one if the client pipelines them. */
  const waiting = new WeakMap<Socket, number>()
  /** The connections without such requests, longest idle first, and how much each had received by then. */
  const idle = new Map<Socket, number>()

  function closeSurplus(): void {
    for (const [socket, received] of idle) {
      if (idle.size <= max) return
      idle.delete(socket)
      // With more bytes a request has begun: it is answered, and then the connection is idle again.
      if (socket.bytesRead === received) socket.destroy()
    }
  }

  function onAnswered(socket: Socket): void {
    const left = (waiting.get(socket) ?? 1) - 1
    waiting.set(socket, left)
    if (left > 0 || socket.destroyed || !socket.writable) return
    idle.set(socket, socket.bytesRead)
    closeSurplus()
  }

  server.on('connection', (socket: Socket) => {
    socket.once('close', () => idle.delete(socket))
  })
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    waiting.set(socket, (waiting.get(socket) ?? 0) + 1)
    idle.delete(socket)
    response.once('close', () => onAnswered(socket))
  })
}
