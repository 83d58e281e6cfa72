/** The path /api/stream: the updates of an open page as server-sent events. */

import type { Route } from '../http/route.ts'
import type { CanStillRead } from '../http/route-context.ts'
import { chosenEnv } from './environment-choice.ts'
import { parseListing } from './monitor-listing.ts'
import { monitorContent, overviewContent, readMonitor } from './page-content.ts'
import type { PageContext } from './page-context.ts'
import { queryOf, serverUrl } from './page-request.ts'
import { SAFE_HEADERS } from './send-page.ts'
import type { ReadContent } from './update-stream.ts'

const PATH = '/api/stream'

/** The path for a page; `id` says what the page already shows. */
export function streamPath(search: URLSearchParams, id: string): string {
  search.set('since', id)
  return `${PATH}?${search}`
}

export function streamRoute(context: PageContext, canStillRead: CanStillRead): Route {
  const { streams, clientOf } = context
  return {
    // Not HEAD: the response has no end.
    methods: ['GET'],
    path: PATH,
    handle: (request, response) => {
      response.on('error', () => {})
      if (streams.isFull()) {
        response.writeHead(503, { ...SAFE_HEADERS, 'retry-after': '10' }).end()
        return
      }
      const query = queryOf(request)
      const monitor = query.get('monitor') ?? undefined
      // The page of a monitor has no choice of all environments, so that `*` is a name there.
      const env = monitor === undefined ? chosenEnv(query) : (query.get('env') ?? undefined)
      const lastId = request.headers['last-event-id'] ?? query.get('since') ?? undefined
      response.writeHead(200, {
        ...SAFE_HEADERS,
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        // nginx would collect the events before it passes them on.
        'x-accel-buffering': 'no',
      })
      // Node.js emits no close event on a response that waits behind another one on its connection.
      request.socket.once('close', () => response.emit('close'))
      const read =
        monitor === undefined
          ? readsOverview(query, serverUrl(request, clientOf), context)
          : readsMonitor(monitor, env, context)
      streams.open(response, read, {
        lastId: Array.isArray(lastId) ? lastId[0] : lastId,
        about: { monitorKey: monitor, env },
        canStillRead: () => canStillRead(request),
      })
    },
  }
}

function readsOverview(search: URLSearchParams, url: string, context: PageContext): ReadContent {
  const query = parseListing(search)
  return snapshot => overviewContent(snapshot, query, url, context)
}

function readsMonitor(key: string, env: string | undefined, context: PageContext): ReadContent {
  return async (snapshot, seen) => {
    const entry = snapshot.find(key)
    if (entry === undefined || entry.revision <= seen) return undefined
    const page = await readMonitor(key, { env }, context)
    // Without its environment, the content would be that of all environments, below the heading of one.
    return page === undefined || page.env !== env ? undefined : monitorContent(page, entry.revision)
  }
}
