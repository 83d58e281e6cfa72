/** The path /monitors/{key}: one monitor and its runs. */

import { parsePath } from '../http/request-target.ts'
import { getRoute, type Route } from '../http/route.ts'
import { htmlDocument } from './document.ts'
import { html } from './html.ts'
import { monitorMain } from './monitor-page.ts'
import { monitorTitle, readMonitor } from './page-content.ts'
import type { PageContext } from './page-context.ts'
import { queryOf } from './page-request.ts'
import { sendPage } from './send-page.ts'
import { streamPath } from './stream-route.ts'

export function monitorRoute(context: PageContext): Route {
  const { cache, frame, streams } = context
  return getRoute('/monitors/*', async (request, response) => {
    const key = keyIn(request.url ?? '')
    const query = queryOf(request)
    const before = beforeIn(query)
    const snapshot = await cache.read()
    const page =
      key === undefined
        ? undefined
        : await readMonitor(key, { env: query.get('env') ?? undefined, before }, context)
    if (page === undefined) {
      return sendPage(
        response,
        404,
        htmlDocument({ ...frame, title: 'No such monitor · Monitors', main: NO_SUCH_MONITOR }),
      )
    }
    const search = new URLSearchParams({
      monitor: page.monitor.key,
      ...(page.env !== undefined && { env: page.env }),
    })
    const document = htmlDocument({
      ...frame,
      title: monitorTitle(page),
      main: monitorMain(page),
      // Older runs have ended, so that their page never changes.
      ...(before === undefined && { stream: streamPath(search, streams.idOf(snapshot)) }),
    })
    sendPage(response, 200, document)
  })
}

/** Decoded as strictly as the keys in the paths of events; a key may hold an encoded slash. */
function keyIn(target: string): string | undefined {
  const path = parsePath(target)
  if (path.kind === 'malformed' || path.segments.length !== 2) return undefined
  return path.segments[1] === '' ? undefined : path.segments[1]
}

/** The id of the run that the page starts below. */
function beforeIn(query: URLSearchParams): number | undefined {
  const before = query.get('before') ?? ''
  return /^[1-9]\d{0,14}$/.test(before) ? Number(before) : undefined
}

const NO_SUCH_MONITOR = html`<div class="card empty"><h1>No such monitor</h1>
<p>The server has received no event for this monitor, or has removed all of its events because of their age.</p>
<p><a href="/">All monitors</a></p></div>`
