/** A small HTTP proxy that sends everything to the address that the test gives, and records its requests. */

import { createServer, request as requestOf } from 'node:http'
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { listening } from './wrapper.ts'

export interface HttpProxy {
  readonly url: string
  readonly port: number
  /** `CONNECT host:port` and `GET http://host:port` (without path), in order. */
  readonly asked: string[]
  /** The Proxy-Authorization header of each. */
  readonly authorizations: (string | undefined)[]
}

export interface HttpProxyOptions {
  /** The port of 127.0.0.1 that all requests and tunnels lead to. */
  readonly toPort: number
  /** Answers everything with this status instead. */
  readonly refuseWith?: number
}

export async function httpProxyForTest({ toPort, refuseWith }: HttpProxyOptions): Promise<HttpProxy> {
  const asked: string[] = []
  const authorizations: (string | undefined)[] = []
  const tunnels = new Set<Socket>()
  const server = createServer((message, response) => {
    const target = new URL(message.url ?? '', 'http://origin-form.invalid')
    asked.push(`${message.method} ${target.origin}`)
    authorizations.push(message.headers['proxy-authorization'])
    if (refuseWith !== undefined) {
      response.writeHead(refuseWith).end()
      return
    }
    const { 'proxy-authorization': _mine, ...headers } = message.headers
    const onward = requestOf(
      {
        host: '127.0.0.1',
        port: toPort,
        path: target.pathname + target.search,
        ...(message.method !== undefined && { method: message.method }),
        headers,
      },
      answer => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      },
    )
    onward.on('error', () => response.writeHead(502).end())
    message.pipe(onward)
  })
  server.on('connect', (message, socket: Socket, head: Buffer) => {
    asked.push(`CONNECT ${message.url}`)
    authorizations.push(message.headers['proxy-authorization'])
    tunnels.add(socket)
    socket.on('error', () => {}).on('close', () => tunnels.delete(socket))
    if (refuseWith !== undefined) {
      socket.end(`HTTP/1.1 ${refuseWith} No\r\ncontent-length: 0\r\n\r\n`)
      return
    }
    const onward = connect(toPort, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connected\r\n\r\n')
      onward.write(head)
      socket.pipe(onward).pipe(socket)
    })
    tunnels.add(onward)
    onward.on('error', () => socket.destroy()).on('close', () => tunnels.delete(onward))
  })
  const url = await listening(server)
  onTestFinished(
    () =>
      new Promise<void>(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
        for (const socket of tunnels) socket.destroy()
      }),
  )
  return { url, port: Number(new URL(url).port), asked, authorizations }
}
