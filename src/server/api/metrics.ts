/** `/metrics`, for Prometheus. The names follow https://prometheus.io/docs/practices/naming/. */

import { getRoute, type Route } from '../http/route.ts'
import type { RouteContext } from '../http/route-context.ts'
import { type MeasuredMonitors, monitorFamilies } from './monitor-metrics.ts'
import { CONTENT_TYPE, type Family, prometheusText } from './prometheus-text.ts'
import { sendText } from './send-response.ts'
import { type MeasuredServer, serverFamilies } from './server-metrics.ts'

export function metricsRoute({ store, refusals, ignoredCounter, version }: RouteContext): Route {
  return getRoute('/metrics', async (_request, response) => {
    const [totals, monitors, bytes] = await Promise.all([
      store.totals(),
      store.monitors({ recent: 0 }),
      store.size(),
    ])
    const [refused, ignored] = [refusals.totals(), ignoredCounter.totals()]
    const families = metricFamilies({ totals, monitors, bytes, refused, ignored, version })
    return sendText(response, CONTENT_TYPE, prometheusText(families))
  })
}

export type Measured = MeasuredMonitors & MeasuredServer

export function metricFamilies(measured: Measured): Family[] {
  return [...serverFamilies(measured), ...monitorFamilies(measured)]
}
