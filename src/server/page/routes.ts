/** The paths of the page: /, /monitors/{key}, /assets/… and /api/stream. */

import { randomBytes } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { parseTarget } from '../http/request-target.ts'
import type { CanStillRead, RouteContext } from '../http/route-context.ts'
import { type AssetName, assetsOf, builtAssets } from './assets.ts'
import { htmlDocument } from './document.ts'
import { html } from './html.ts'
import { createMonitorCache } from './monitor-cache.ts'
import { listingSearch, parseListing } from './monitor-listing.ts'
import { monitorMain } from './monitor-page.ts'
import { overviewMain, overviewTitle } from './overview.ts'
import { monitorContent, monitorTitle, overviewContent, readMonitor, readOverview } from './page-content.ts'
import { SAFE_HEADERS, sendPage } from './send-page.ts'
import type { ReadContent } from './update-stream.ts'
import { createUpdateStreams } from './update-streams.ts'

/** `contents`: what scripts/build.mjs made of the files in client/. */
export function registerPage(
  app: FastifyInstance,
  context: RouteContext,
  canStillRead: CanStillRead,
  contents: Partial<Record<AssetName, Buffer>> = builtAssets(),
): void {
  const { store, wallClock, version, closing } = context
  const needsKey = context.keys !== undefined
  const assets = assetsOf(contents)
  const cache = createMonitorCache(store, wallClock)
  const streams = createUpdateStreams({ cache, closing, boot: randomBytes(6).toString('hex') })
  const surroundings = { store, cache, wallClock, needsKey }
  const frame = { assets, version, canLogOut: needsKey }

  // The first reader need not wait until all monitors are read. Where they cannot be, the next reading tells.
  app.addHook('onListen', done => {
    cache.read().catch(() => {})
    done()
  })

  app.get('/', async (request, reply) => {
    const query = parseListing(queryOf(request))
    const snapshot = await cache.read()
    const { overview, rows } = await readOverview(snapshot, query, addressOf(request), surroundings)
    return sendPage(
      reply,
      200,
      htmlDocument({
        ...frame,
        title: overviewTitle(overview),
        main: overviewMain({ ...overview, rows: rows.map(row => row.html()) }),
        stream: streamPath(new URLSearchParams(listingSearch(query)), streams.idOf(snapshot)),
      }),
    )
  })

  app.get('/monitors/*', async (request, reply) => {
    const key = keyOf(request)
    const before = beforeOf(queryOf(request))
    const snapshot = await cache.read()
    const page = key === undefined ? undefined : await readMonitor(key, before, surroundings)
    if (page === undefined) return notFound(reply)
    const search = new URLSearchParams({ monitor: page.monitor.key })
    return sendPage(
      reply,
      200,
      htmlDocument({
        ...frame,
        title: monitorTitle(page),
        main: monitorMain(page),
        // Older runs have ended; their page stays as it is.
        ...(before === undefined && { stream: streamPath(search, streams.idOf(snapshot)) }),
      }),
    )
  })

  app.get('/api/stream', { exposeHeadRoute: false }, (request, reply) => {
    const params = queryOf(request)
    const monitor = params.get('monitor') ?? undefined
    const lastId = request.headers['last-event-id'] ?? params.get('since') ?? undefined
    const source: ReadContent =
      monitor === undefined ? overviewSource(params, addressOf(request)) : monitorSource(monitor)
    reply.hijack()
    const { raw } = reply
    raw.on('error', () => {})
    if (streams.isFull()) {
      raw.writeHead(503, { ...SAFE_HEADERS, 'retry-after': '10' }).end()
      return
    }
    raw.writeHead(200, {
      ...SAFE_HEADERS,
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      // nginx would collect the events before it passes them on.
      'x-accel-buffering': 'no',
    })
    // A response that waits behind another on its connection is not told that the connection has ended.
    request.raw.socket.once('close', () => raw.emit('close'))
    streams.open(raw, source, {
      lastId: Array.isArray(lastId) ? lastId[0] : lastId,
      about: monitor,
      canStillRead: () => canStillRead(request),
    })
  })

  for (const asset of Object.values(assets)) {
    app.get(asset.path, (_request, reply) =>
      reply
        .headers({ ...SAFE_HEADERS, 'cache-control': 'public, max-age=31536000, immutable' })
        .type(asset.type)
        .send(asset.body),
    )
  }

  function overviewSource(params: URLSearchParams, url: string): ReadContent {
    const query = parseListing(params)
    return snapshot => overviewContent(snapshot, query, url, surroundings)
  }

  function monitorSource(key: string): ReadContent {
    return async (snapshot, seen) => {
      const entry = snapshot.entries.find(({ monitor }) => monitor.key === key)
      if (entry === undefined || entry.revision <= seen) return undefined
      const page = await readMonitor(key, undefined, surroundings)
      return page && monitorContent(page, entry.revision)
    }
  }

  function notFound(reply: FastifyReply): FastifyReply {
    const main = html`<div class="card empty"><h1>No such monitor</h1>
<p>No event of a monitor of this name was received, or all of them are older than what is kept.</p>
<p><a href="/">All monitors</a></p></div>`
    return sendPage(reply, 404, htmlDocument({ ...frame, title: 'No such monitor · Monitors', main }))
  }
}

function queryOf(request: FastifyRequest): URLSearchParams {
  const url = request.raw.url ?? ''
  const mark = url.indexOf('?')
  return new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1))
}

/** As strictly as the Telemetry API takes keys from paths: an encoded slash does not part it. */
function keyOf(request: FastifyRequest): string | undefined {
  const target = parseTarget(request.raw.url ?? '')
  if (target.kind === 'malformed' || target.segments.length !== 2) return undefined
  return target.segments[1] === '' ? undefined : target.segments[1]
}

function beforeOf(params: URLSearchParams): number | undefined {
  const before = params.get('before') ?? ''
  return /^[1-9]\d{0,14}$/.test(before) ? Number(before) : undefined
}

/** Where the browser found this server. */
function addressOf(request: FastifyRequest): string {
  return `${request.protocol}://${request.headers.host ?? 'localhost'}`
}

function streamPath(params: URLSearchParams, id: string): string {
  params.set('since', id)
  return `/api/stream?${params}`
}
