/** The two telemetry events of a run: its start and its end. */

import type { Settings } from '../settings/settings.ts'
import { composeMessage } from '../telemetry/compose-message.ts'
import type { TelemetryEvent } from '../telemetry/event.ts'
import type { ReportedEnd, ReportedTail } from './reported-job.ts'

interface RunIdentity {
  readonly monitorKey: string
  readonly series: string
  readonly settings: Settings
}

export function startEvent(run: RunIdentity): TelemetryEvent {
  return { ...commonParts(run), state: 'run', metrics: [] }
}

/** `complete` or `fail`, with the end of the job's output as its message. */
export function endEvent(
  run: RunIdentity,
  { status, durationMs, state, reason, metrics = [] }: ReportedEnd,
  tail: ReportedTail,
): TelemetryEvent {
  return {
    ...commonParts(run),
    state,
    statusCode: status,
    metrics: [{ name: 'duration', value: durationMs / 1000 }, ...metrics],
    message: composeMessage({
      tail: tail.bytes(),
      totalBytes: tail.total(),
      secrets: run.settings.secrets,
      findHidden: run.settings.findHidden,
      ...(reason !== undefined && { reason }),
    }),
  }
}

function commonParts({ monitorKey, series, settings }: RunIdentity) {
  const { hostname: host, env } = settings
  return { monitorKey, series, host, ...(env !== undefined && { env }) }
}
