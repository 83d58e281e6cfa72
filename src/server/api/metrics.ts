/** `/metrics`, for Prometheus. The names follow https://prometheus.io/docs/practices/naming/. */

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
  /** The size of the store. */
  readonly bytes: number
  readonly refused: ReturnType<RefusalCounter['totals']>
  readonly version: string
}

type Counts = Totals['runs']

export function metricFamilies({ totals, monitors, bytes, refused, version }: Measured): Family[] {
  return [
    {
      name: 'cronitor_build_info',
      type: 'gauge',
      help: 'Always 1; the label is the version of the server.',
      samples: [{ labels: { version }, value: 1 }],
    },
    {
      name: 'cronitor_events_total',
      type: 'counter',
      help: 'Stored events, by monitor and state.',
      samples: totals.events.map(({ monitorKey, state, count }) => ({
        labels: { monitor: monitorKey, state },
        value: count,
      })),
    },
    {
      name: 'cronitor_refusals_total',
      type: 'counter',
      help: 'Refused requests and mails since the start of the server, by the HTTP status of the answer.',
      samples: refused.map(({ status, count }) => ({
        labels: { status: String(status), reason: STATUS_CODES[status] ?? '' },
        value: count,
      })),
    },
    ...runFamilies(totals.runs),
    ...monitorFamilies(monitors, totals.lastSuccess),
    {
      name: 'cronitor_store_size_bytes',
      type: 'gauge',
      help: 'Size of the database on disk.',
      samples: [{ value: bytes }],
    },
  ]
}

function runFamilies(runs: Counts): Family[] {
  return [
    {
      name: 'cronitor_runs_total',
      type: 'counter',
      help: 'Ended runs, by monitor and state.',
      samples: runs
        .filter(({ state }) => state === 'complete' || state === 'failed')
        .map(({ monitorKey, state, count }) => ({ labels: { monitor: monitorKey, state }, value: count })),
    },
    {
      name: 'cronitor_runs_running',
      type: 'gauge',
      help: 'Runs that have started and not ended, by monitor.',
      samples: ofState(runs, 'running'),
    },
    {
      name: 'cronitor_runs_lost',
      type: 'gauge',
      help: 'Stored runs that did not end although a newer one did, by monitor.',
      samples: ofState(runs, 'lost'),
    },
  ]
}

function monitorFamilies(monitors: readonly Monitor[], lastSuccess: Totals['lastSuccess']): Family[] {
  const expected = monitors.filter(({ expectMs }) => expectMs !== undefined)
  return [
    {
      name: 'cronitor_monitor_last_success_timestamp_seconds',
      type: 'gauge',
      help: 'Time of the last complete or ok event of a monitor, in seconds since 1970.',
      samples: lastSuccess.map(({ monitorKey, at }) => ({
        labels: { monitor: monitorKey },
        value: at / 1000,
      })),
    },
    {
      name: 'cronitor_monitor_failing',
      type: 'gauge',
      help: '1 for a monitor whose state is failing, else 0.',
      samples: monitors.map(({ key, state }) => ({
        labels: { monitor: key },
        value: state === 'failing' ? 1 : 0,
      })),
    },
    {
      name: 'cronitor_monitor_late',
      type: 'gauge',
      help: '1 for a late monitor, else 0; only for monitors with an expectation.',
      samples: expected.map(({ key, state }) => ({
        labels: { monitor: key },
        value: state === 'late' ? 1 : 0,
      })),
    },
    {
      name: 'cronitor_monitor_expected_interval_seconds',
      type: 'gauge',
      help: 'Longest expected time between two successes of a monitor.',
      samples: expected.map(({ key, expectMs = 0 }) => ({
        labels: { monitor: key },
        value: expectMs / 1000,
      })),
    },
  ]
}

function ofState(runs: Counts, wanted: string): Family['samples'] {
  return runs
    .filter(({ state }) => state === wanted)
    .map(({ monitorKey, count }) => ({ labels: { monitor: monitorKey }, value: count }))
}
