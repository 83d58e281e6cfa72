/** The metrics of the server itself: its version, its database, and what it has refused. */

import type { IgnoredCounter } from '../http/ignored-counter.ts'
import type { RefusalCounter } from '../http/refusal-counter.ts'
import type { DutyState } from '../store/noted-duties.ts'
import { dutyLabels } from './duty-labels.ts'
import type { Family } from './prometheus-text.ts'

export interface MeasuredServer {
  /** The size of the store. */
  readonly bytes: number
  readonly refused: ReturnType<RefusalCounter['totals']>
  readonly ignored: ReturnType<IgnoredCounter['totals']>
  readonly isLatenessPaused: boolean
  readonly duties: readonly DutyState[]
  readonly version: string
}

/** A new counter of the server is added here. */
export function serverFamilies(measured: MeasuredServer): Family[] {
  const { bytes, refused, ignored, isLatenessPaused, duties, version } = measured
  const dutyLabel = dutyLabels(duties.map(({ name }) => name))
  return [
    {
      name: 'cronitor_build_info',
      type: 'gauge',
      help: 'Always 1; the label is the version of the server.',
      samples: [{ labels: { version }, value: 1 }],
    },
    {
      name: 'cronitor_refusals_total',
      type: 'counter',
      help: 'Refused requests and mails since the start of the server, by HTTP status or SMTP code, and by reason.',
      samples: refused.map(({ status, reason, count }) => ({
        labels: { status: String(status), reason },
        value: count,
      })),
    },
    {
      name: 'cronitor_ignored_total',
      type: 'counter',
      help: 'Parts of recorded events that were left out or changed since the start of the server, by parameter.',
      samples: ignored.map(({ parameter, count }) => ({ labels: { parameter }, value: count })),
    },
    {
      name: 'cronitor_lateness_suspended',
      type: 'gauge',
      help: '1 after a time without a running server, while no monitor becomes late because delayed events may arrive.',
      samples: [{ value: isLatenessPaused ? 1 : 0 }],
    },
    {
      name: 'cronitor_duty_held',
      type: 'gauge',
      help: '1 for a duty that this server has now, 0 if another server may have it; of the duties that its options ask for.',
      samples: duties.map(({ name, isHeld }) => ({
        labels: { duty: dutyLabel(name) },
        value: isHeld ? 1 : 0,
      })),
    },
    {
      name: 'cronitor_store_size_bytes',
      type: 'gauge',
      help: 'Size of the database on disk.',
      samples: [{ value: bytes }],
    },
  ]
}
