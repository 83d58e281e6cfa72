/** The paths of the page: /, /monitors/{key}, /assets/… and /api/stream. */

import { randomBytes } from 'node:crypto'
import { getRoute, type Route } from '../http/route.ts'
import type { CanStillRead, RouteContext } from '../http/route-context.ts'
import { sendBody } from '../http/send-answer.ts'
import { type Asset, type AssetContents, assetsOf } from './assets.ts'
import { builtAssets } from './built-assets.ts'
import { createMonitorCache } from './monitor-cache.ts'
import { monitorRoute } from './monitor-route.ts'
import { overviewRoute } from './overview-route.ts'
import type { PageContext } from './page-context.ts'
import { SAFE_HEADERS } from './send-page.ts'
import { streamRoute } from './stream-route.ts'
import { createUpdateStreams } from './update-streams.ts'

/** `contents`: what scripts/build.mjs made of the files in client/. */
export function pageRoutes(
  routeContext: RouteContext,
  canStillRead: CanStillRead,
  contents: AssetContents = builtAssets(),
): Route[] {
  const { store, inTurn, wallClock, clock, version, closing, keys, clientOf } = routeContext
  const needsKey = keys !== undefined
  const assets = assetsOf(contents)
  const cache = createMonitorCache({ store, inTurn, clock })
  const streams = createUpdateStreams({ cache, closing, boot: randomBytes(6).toString('hex') })
  const context: PageContext = {
    store,
    cache,
    wallClock,
    needsKey,
    streams,
    clientOf,
    frame: { assets, version, canLogOut: needsKey },
  }
  // The first reader need not wait for all monitors. If they cannot be read, the next attempt reports it.
  cache.read().catch(() => {})
  return [
    overviewRoute(context),
    monitorRoute(context),
    streamRoute(context, canStillRead),
    ...Object.values(assets).map(assetRoute),
  ]
}

function assetRoute({ path, type, body }: Asset): Route {
  const headers = {
    ...SAFE_HEADERS,
    'cache-control': 'public, max-age=31536000, immutable',
    'content-type': type,
  }
  return getRoute(path, (_request, response) => sendBody(response, 200, headers, body))
}
