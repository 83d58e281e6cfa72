/** Tells the Telemetry API of a run: `run` while the job runs, then `complete` or `fail` with the end of its output. */

import { type JobEnd, statusOf } from '../job/end.ts'
import type { Job } from '../job/start.ts'
import type { Tail } from '../job/tail.ts'
import { formatDuration } from '../settings/duration.ts'
import type { Settings } from '../settings/settings.ts'
import type { TelemetryEvent } from '../telemetry/event.ts'
import { composeMessage } from '../telemetry/message.ts'
import { destinationOf } from './destination.ts'
import { openDelivery } from './open-delivery.ts'
import type { OwnWords } from './own-words.ts'
import { tellUndelivered } from './reports.ts'

export interface MonitoredRun {
  readonly monitorKey: string
  readonly series: string
  readonly job: Job
  readonly tail: Tail
  readonly settings: Settings
  readonly own: OwnWords
  /** Aborted by a signal that came after the job's end. */
  readonly toldToLeave: AbortSignal
}

/** Resolves once all is delivered or refused, `--deliver-within` after the job's end, or when told to leave. */
export async function monitorRun(run: MonitoredRun): Promise<void> {
  const { monitorKey, series, job, settings, own, toldToLeave } = run
  const destination = destinationOf(settings)
  if (destination === undefined) {
    own.warn(
      'no API key, so nothing is reported: set CRONITOR_API_KEY or CRONITOR_API_KEY_FILE, or use --api-key-file',
    )
    return
  }
  const delivery = openDelivery(settings, destination, own)
  const about = {
    monitorKey,
    series,
    host: settings.hostname,
    ...(settings.env !== undefined && { env: settings.env }),
  }

  if (job.pid !== undefined) own.step(`started process ${job.pid}, series ${series}`)
  delivery.add({ ...about, state: 'run', metrics: [] })
  const end = await job.ended
  for (const relay of job.relays) relay.takeRest()
  own.step(`the job ended: ${reasonOf(end) ?? 'exit status 0'}, after ${formatDuration(end.durationMs)}`)
  delivery.add({ ...about, ...endEvent(end, run.tail, settings.secrets) })
  tellUndelivered(await delivery.settle(settings.deliverWithinMs, toldToLeave), settings.deliverWithinMs, own)
}

function endEvent(end: JobEnd, tail: Tail, secrets: readonly string[]) {
  const reason = reasonOf(end)
  return {
    state: reason === undefined ? 'complete' : 'fail',
    statusCode: statusOf(end),
    metrics: [{ name: 'duration', value: end.durationMs / 1000 }],
    message: composeMessage({
      tail: tail.bytes(),
      totalBytes: tail.total(),
      secrets,
      ...(reason !== undefined && { reason }),
    }),
  } satisfies Partial<TelemetryEvent>
}

/** Why the job failed; undefined where it did not. */
function reasonOf(end: JobEnd): string | undefined {
  switch (end.kind) {
    case 'exited':
      return end.status === 0 ? undefined : `exit status ${end.status}`
    case 'killed':
      return `killed by ${end.signal}`
    case 'not-started':
      return end.reason
    default:
      return end satisfies never
  }
}
