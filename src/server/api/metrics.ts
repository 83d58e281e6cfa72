/** `/metrics`, for Prometheus. Names as https://prometheus.io/docs/practices/naming/ wants them. */

import { STATUS_CODES } from 'node:http'
import type { RefusalCounter } from '../http/refusal-counter.ts'
import { getRoute, type Route } from '../http/route.ts'
import type { RouteContext } from '../http/route-context.ts'
import type { Monitor } from '../monitors/monitors.ts'
import type { Totals } from '../store/store.ts'
import { CONTENT_TYPE, type Family, prometheusText } from './prometheus-text.ts'
import { sendText } from './send-response.ts'

export function metricsRoute({ store, refusals, version }: RouteContext): Route {
  return getRoute('/metrics', async (_request, response) => {
    const [totals, monitors, bytes] = await Promise.all([
      store.totals(),
      store.monitors({ recent: 0 }),
      store.size(),
    ])
    const families = metricFamilies({ totals, monitors, bytes, refused: refusals.totals(), version })
    return sendText(response, CONTENT_TYPE, prometheusText(families))
  })
}

export interface Measured {
  readonly totals: Totals
  readonly monitors: readonly Monitor[]
  /** Of the store. */
  readonly bytes: number
  readonly refused: ReturnType<RefusalCounter['totals']>
  readonly version: string
}

type Counts = Totals['runs']

export function metricFamilies({ totals, monitors, bytes, refused, version }: Measured): Family[] {
  const expected = monitors.filter(({ expectMs }) => expectMs !== undefined)
  return [
    {
      name: 'cronitor_build_info',
      type: 'gauge',
      help: 'Always 1; the label tells the version of the server.',
      samples: [{ labels: { version }, value: 1 }],
    },
    {
      name: 'cronitor_events_total',
      type: 'counter',
      help: 'Events that were stored, by monitor and state.',
      samples: totals.events.map(({ monitorKey, state, count }) => ({
        labels: { monitor: monitorKey, state },
        value: count,
      })),
    },
    {
      name: 'cronitor_refusals_total',
      type: 'counter',
      help: 'Requests and mails that were refused since the server began, by the HTTP status of the answer.',
      samples: refused.map(({ status, count }) => ({
        labels: { status: String(status), reason: STATUS_CODES[status] ?? '' },
        value: count,
      })),
    },
    {
      name: 'cronitor_runs_total',
      type: 'counter',
      help: 'Runs that ended, by monitor and state.',
      samples: totals.runs
        .filter(({ state }) => state === 'complete' || state === 'failed')
        .map(({ monitorKey, state, count }) => ({ labels: { monitor: monitorKey, state }, value: count })),
    },
    {
      name: 'cronitor_runs_running',
      type: 'gauge',
      help: 'Runs that have begun and not ended yet, by monitor.',
      samples: ofState(totals.runs, 'running'),
    },
    {
      name: 'cronitor_runs_lost',
      type: 'gauge',
      help: 'Runs that never ended although a newer one did, by monitor; those that are kept.',
      samples: ofState(totals.runs, 'lost'),
    },
    {
      name: 'cronitor_monitor_last_success_timestamp_seconds',
      type: 'gauge',
      help: 'When the last complete or ok of a monitor came, in seconds since 1970.',
      samples: totals.lastSuccess.map(({ monitorKey, at }) => ({
        labels: { monitor: monitorKey },
        value: at / 1000,
      })),
    },
    {
      name: 'cronitor_monitor_failing',
      type: 'gauge',
      help: '1 for a monitor whose last run failed, else 0.',
      samples: monitors.map(({ key, state }) => ({
        labels: { monitor: key },
        value: state === 'failing' ? 1 : 0,
      })),
    },
    {
      name: 'cronitor_monitor_late',
      type: 'gauge',
      help: '1 for a monitor that is late, else 0; of those that something is expected of.',
      samples: expected.map(({ key, state }) => ({
        labels: { monitor: key },
        value: state === 'late' ? 1 : 0,
      })),
    },
    {
      name: 'cronitor_monitor_expected_interval_seconds',
      type: 'gauge',
      help: 'How long at most may lie between two successes of a monitor.',
      samples: expected.map(({ key, expectMs = 0 }) => ({
        labels: { monitor: key },
        value: expectMs / 1000,
      })),
    },
    {
      name: 'cronitor_store_size_bytes',
      type: 'gauge',
      help: 'How large the database is on disk.',
      samples: [{ value: bytes }],
    },
  ]
}

function ofState(runs: Counts, wanted: string): Family['samples'] {
  return runs
    .filter(({ state }) => state === wanted)
    .map(({ monitorKey, count }) => ({ labels: { monitor: monitorKey }, value: count }))
}
