/** `/metrics`, for Prometheus. The names follow https://prometheus.io/docs/practices/naming/. */

import { shareNext } from '../../system/share-next.ts'
import { getRoute, type Route } from '../http/route.ts'
import type { RouteContext } from '../http/route-context.ts'
import { sendParts } from '../http/send-parts.ts'
import { monitorSlices } from '../store/monitor-slices.ts'
import { monitorFamilies } from './monitor-metrics.ts'
import { CONTENT_TYPE, createExposition } from './prometheus-text.ts'
import { textHeaders } from './send-response.ts'
import { serverFamilies } from './server-metrics.ts'

export function metricsRoute(context: RouteContext): Route {
  const { store, refusals, ignoredCounter, isLatenessPaused, dutyStates, version } = context
  // Scrapes that wait for the same text share it.
  const expose = shareNext(async () => {
    const exposition = createExposition()
    const bytes = await store.size()
    const [refused, ignored] = [refusals.totals(), ignoredCounter.totals()]
    const [isPaused, duties] = [isLatenessPaused(), dutyStates()]
    exposition.add(serverFamilies({ bytes, refused, ignored, isLatenessPaused: isPaused, duties, version }))
    const slices = monitorSlices(context, { recent: 0 }, async (monitors, range) => {
      exposition.add(monitorFamilies({ monitors, totals: await store.totals(range) }))
    })
    for await (const _ of slices);
    return exposition.parts()
  })
  return getRoute('/metrics', async (_request, response) =>
    sendParts(response, textHeaders(CONTENT_TYPE), await expose()),
  )
}
