/** Serves routes without the rest of the server, and sends requests to them. */

import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import type { Route } from '../../src/server/http/route.ts'
import { createRouter } from '../../src/server/http/router.ts'

export interface RouteRequest {
  readonly url: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface RouteAnswer {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

export interface RouteServer {
  readonly port: number
  readonly inject: (sent: string | RouteRequest) => Promise<RouteAnswer>
}

/** Ends with the test. */
export async function serveRoutes(routes: readonly Route[]): Promise<RouteServer> {
  const router = createRouter(routes)
  const server = createServer((request, response) => {
    const found = router.find(request.method ?? '', request.url ?? '')
    if (found.kind === 'route') void found.route.handle(request, response)
    else response.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  return {
    port,
    inject: async sent => {
      const { url, body, ...rest } = typeof sent === 'string' ? { url: sent, body: '' } : sent
      const outgoing = request({ host: '127.0.0.1', port, path: url, agent: false, ...rest })
      outgoing.end(body)
      const [response] = await once(outgoing, 'response')
      return { statusCode: response.statusCode, headers: response.headers, body: await text(response) }
    },
  }
}
