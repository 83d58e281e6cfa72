/** A server with all routes, over a store in memory. */

import { request } from 'node:http'
import { onTestFinished } from 'vitest'
import { createRoutes } from '../../../src/server/all-routes.ts'
import { createExposition, type Family } from '../../../src/server/api/prometheus-text.ts'
import { createRefusalCounter } from '../../../src/server/http/refusal-counter.ts'
import type { Route } from '../../../src/server/http/route.ts'
import type { RouteContext } from '../../../src/server/http/route-context.ts'
import { createRateLimits } from '../../../src/server/ingest/rate-limits.ts'
import { type RunningServer, startServer } from '../../../src/server/server.ts'
import type { Store } from '../../../src/server/store/store.ts'
import { testStore } from '../store/support.ts'

export interface TestResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  /** The parsed body; undefined if it is not JSON. */
  readonly json: unknown
}

export interface Server {
  readonly store: Store
  readonly collector: RunningServer
  /** Sends the target unchanged. */
  readonly get: (target: string, signal?: AbortSignal) => Promise<TestResponse>
}

/** Closed at the end of the test. */
export async function serverForTest(
  options: {
    readonly store?: Store
    readonly routes?: (context: RouteContext) => readonly Route[]
    readonly onContext?: (context: RouteContext) => void
  } = {},
): Promise<Server> {
  const store = options.store ?? (await testStore())
  const collector = await startServer({
    port: 0,
    store,
    limits: createRateLimits(),
    refusals: createRefusalCounter(),
    version: '1.2.3',
    createRoutes: context => {
      options.onContext?.(context)
      const { routes, hasSession } = createRoutes(context)
      return { routes: options.routes?.(context) ?? routes, hasSession }
    },
  })
  onTestFinished(() => collector.close(0))
  const get = (path: string, signal?: AbortSignal) =>
    new Promise<TestResponse>((resolve, reject) => {
      request(
        { host: '127.0.0.1', port: collector.port, path, agent: false, ...(signal && { signal }) },
        response => {
          let text = ''
          response.setEncoding('utf8')
          response.on('data', chunk => {
            text += chunk
          })
          response.on('end', () => {
            const { statusCode: status = 0, headers } = response
            const isJson = headers['content-type']?.startsWith('application/json')
            resolve({ status, headers, text, json: isJson ? JSON.parse(text) : undefined })
          })
        },
      )
        .on('error', reject)
        .end()
    })
  return { store, collector, get }
}

export function prometheusText(families: readonly Family[]): string {
  const exposition = createExposition()
  exposition.add(families)
  return Buffer.concat(exposition.parts()).toString()
}
