/** The metrics of monitors. Each sample is about a monitor in one environment. */

import type { Monitor } from '../monitors/monitors.ts'
import type { MonitorInEnv, Totals } from '../store/store.ts'
import type { Family, Sample } from './prometheus-text.ts'

type Labels = NonNullable<Sample['labels']>

export interface MeasuredMonitors {
  readonly totals: Totals
  readonly monitors: readonly Monitor[]
}

export function monitorFamilies({ totals, monitors }: MeasuredMonitors): Family[] {
  return [eventFamily(totals.events), ...runFamilies(totals.runs), ...healthFamilies(monitors, totals)]
}

function eventFamily(events: Totals['events']): Family {
  return {
    name: 'cronitor_events_total',
    type: 'counter',
    help: 'Stored events, by monitor, environment and state.',
    samples: events.map(({ state, count, ...of }) => ({ labels: labelsOf(of, { state }), value: count })),
  }
}

function runFamilies(runs: Totals['runs']): Family[] {
  return [
    {
      name: 'cronitor_runs_total',
      type: 'counter',
      help: 'Ended runs, by monitor, environment and state.',
      samples: runs
        .filter(({ state }) => state === 'complete' || state === 'failed')
        .map(({ state, count, ...of }) => ({ labels: labelsOf(of, { state }), value: count })),
    },
    {
      name: 'cronitor_runs_running',
      type: 'gauge',
      help: 'Runs that have started and not ended, by monitor and environment.',
      samples: ofState(runs, 'running'),
    },
    {
      name: 'cronitor_runs_lost',
      type: 'gauge',
      help: 'Stored runs that did not end although a newer one did, by monitor and environment.',
      samples: ofState(runs, 'lost'),
    },
  ]
}

/** Failing, late and overrunning are facts of their own, so that an alert for a failing job does not end when it is also late. */
function healthFamilies(monitors: readonly Monitor[], { lastSuccess }: Totals): Family[] {
  const all = monitors.flatMap(({ key, environments }) =>
    environments.map(of => ({ ...of, labels: labelsOf({ monitorKey: key, env: of.env }) })),
  )
  const withSchedule = all.filter(({ rule }) => rule?.schedule !== undefined)
  const withMax = all.filter(({ rule }) => rule?.maxMs !== undefined)
  return [
    {
      name: 'cronitor_monitor_last_success_timestamp_seconds',
      type: 'gauge',
      help: 'Time of the last complete or ok event of a monitor in an environment, in seconds since 1970.',
      samples: lastSuccess.map(({ at, ...of }) => ({ labels: labelsOf(of), value: at / 1000 })),
    },
    {
      name: 'cronitor_monitor_failing',
      type: 'gauge',
      help: '1 for a monitor that is failing in this environment, late or not, else 0.',
      samples: all.map(({ labels, isFailing }) => ({ labels, value: isFailing ? 1 : 0 })),
    },
    {
      name: 'cronitor_monitor_late',
      type: 'gauge',
      help: '1 for a monitor that is late in this environment, failing or not, else 0; only if its rule has a schedule.',
      samples: withSchedule.map(({ labels, isLate }) => ({ labels, value: isLate ? 1 : 0 })),
    },
    {
      name: 'cronitor_monitor_overrunning',
      type: 'gauge',
      help: '1 for a monitor with a run that takes longer than its rule allows, else 0; only if its rule has max.',
      samples: withMax.map(({ labels, isOverrunning }) => ({ labels, value: isOverrunning ? 1 : 0 })),
    },
    {
      name: 'cronitor_monitor_late_after_timestamp_seconds',
      type: 'gauge',
      help: 'Time after which a monitor becomes late unless it runs before, in seconds since 1970.',
      samples: all.flatMap(({ labels, nextDueAt }) =>
        nextDueAt === undefined ? [] : [{ labels, value: nextDueAt / 1000 }],
      ),
    },
    {
      name: 'cronitor_monitor_expected_interval_seconds',
      type: 'gauge',
      help: 'Longest expected time between two successes of a monitor in an environment.',
      samples: all.flatMap(({ labels, expectMs }) =>
        expectMs === undefined ? [] : [{ labels, value: expectMs / 1000 }],
      ),
    },
  ]
}

function ofState(runs: Totals['runs'], wanted: string): readonly Sample[] {
  return runs
    .filter(({ state }) => state === wanted)
    .map(({ monitorKey, env, count }) => ({ labels: labelsOf({ monitorKey, env }), value: count }))
}

/**
 * Without an environment there is no label `env`. In Prometheus an empty label equals an absent one, so that these time
 * series are those of a server that knew no environments.
 */
function labelsOf({ monitorKey, env }: MonitorInEnv, more: Labels = {}): Labels {
  return env === '' ? { monitor: monitorKey, ...more } : { monitor: monitorKey, env, ...more }
}
