/** The path /: all monitors. */

import { getRoute, type Route } from '../http/route.ts'
import { htmlDocument } from './document.ts'
import { listingSearch, parseListing } from './monitor-listing.ts'
import { overviewMain, overviewTitle } from './overview.ts'
import { readOverview } from './page-content.ts'
import type { PageContext } from './page-context.ts'
import { queryOf, serverUrl } from './page-request.ts'
import { sendPage } from './send-page.ts'
import { streamPath } from './stream-route.ts'

export function overviewRoute(context: PageContext): Route {
  const { cache, frame, streams, clientOf } = context
  return getRoute('/', async (request, response) => {
    const query = parseListing(queryOf(request))
    const snapshot = await cache.read()
    const { overview, rows } = await readOverview(snapshot, query, serverUrl(request, clientOf), context)
    const page = htmlDocument({
      ...frame,
      title: overviewTitle(overview),
      main: overviewMain({ ...overview, rows: rows.map(row => row.html()) }),
      stream: streamPath(new URLSearchParams(listingSearch(query)), streams.idOf(snapshot)),
    })
    sendPage(response, 200, page)
  })
}
