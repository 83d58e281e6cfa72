/** Keeps the record of a run in the spool. The next command sends the events in it that this process could not send. */

import { hasSecretInMonitorKey } from '../spool/redact-event.ts'
import type { OpenRunRecord } from '../spool/run-record.ts'
import { displayPath } from '../spool/spool.ts'
import { describeSystemError } from '../system/describe-system-error.ts'
import type { TelemetryEvent } from '../telemetry/event.ts'
import { type EventTime, toSpooled } from './keep-events.ts'
import { warnCannotKeep } from './notices/spool-warnings.ts'
import type { ReportTools } from './report-tools.ts'
import { type EventRecord, KEEP_MS } from './send-or-keep.ts'
import type { SpoolKeeper } from './spool-keeper.ts'

export interface RunStart {
  readonly event: TelemetryEvent
  readonly time: EventTime
  /** Undefined if the job could not be started. */
  readonly jobPid: number | undefined
}

/** Without a spool, or if the record cannot be written, nothing is recorded. No promise rejects. */
export interface RunRecorder extends EventRecord {
  /** Resolves when the start is recorded. */
  readonly startRecorded: Promise<void>
  /** The start was delivered: the next command must not send it again. */
  readonly startDelivered: () => void
  /** Resolves when the end is recorded. */
  readonly recordEnd: (event: TelemetryEvent, time: EventTime) => Promise<void>
}

/**
 * How long work on the spool may continue after the deadline, in milliseconds: short while the spool does not open,
 * since it may hang, and short once the end is recorded, since the events are safe then.
 */
const GRACE_MS = { opening: 400, open: KEEP_MS, 'end-recorded': 200 } as const

export function openRunRecorder(
  opening: Promise<SpoolKeeper | undefined>,
  start: RunStart,
  { createRunRecord }: Pick<ReportTools, 'createRunRecord'>,
): RunRecorder {
  let stage: keyof typeof GRACE_MS = 'opening'
  void opening.then(() => {
    stage = 'open'
  })
  const recording = opening.then(keeper => keeper && recordStart(keeper, start, createRunRecord))
  let isOnDisk = false
  const startRecorded = Promise.all([opening, recording]).then(async ([keeper, record]) => {
    if (keeper === undefined || record === undefined) return
    isOnDisk = true
    await record.synced.catch(error => warnUnrecorded(keeper, error))
  })
  let recordingEnd = Promise.resolve()
  async function recordEnd(event: TelemetryEvent, time: EventTime): Promise<void> {
    const [keeper, record] = await Promise.all([opening, recording])
    if (keeper === undefined || record === undefined) return
    try {
      await record.noteEnd(toSpooled(keeper, event, time))
      stage = 'end-recorded'
    } catch {
      // Without a record, the events can only be kept in the queue.
    }
  }
  return {
    startRecorded,
    startDelivered() {
      void recording.then(record => record?.noteRunSent()).catch(() => {})
    },
    recordEnd(event, time) {
      recordingEnd = recordEnd(event, time)
      return recordingEnd
    },
    isComplete: () => stage === 'end-recorded',
    isOnDisk: () => isOnDisk,
    graceMs: () => GRACE_MS[stage],
    async update(outcome) {
      const record = await recording
      // A late end must not be written after the removal.
      await recordingEnd
      if (outcome.kind !== 'recorded') await record?.remove().catch(() => {})
      // The queue has the start, but there was no room for the end.
      else if (outcome.queued > 0) await record?.noteRunSent().catch(() => {})
    },
  }
}

async function recordStart(
  keeper: SpoolKeeper,
  { event, time, jobPid }: RunStart,
  createRunRecord: ReportTools['createRunRecord'],
): Promise<OpenRunRecord | undefined> {
  const { spool, key, address, settings } = keeper
  if (hasSecretInMonitorKey(event, settings.secrets)) return undefined
  try {
    const spooled = toSpooled(keeper, event, time)
    return await createRunRecord(spool, spooled.event, {
      key,
      address,
      startedAt: time.at,
      up: spooled.up,
      jobPid,
    })
  } catch (error) {
    warnUnrecorded(keeper, error)
    return undefined
  }
}

function warnUnrecorded({ spool, notices }: SpoolKeeper, error: unknown): void {
  warnCannotKeep(notices, `${displayPath(spool)}: ${describeSystemError(error)}`)
}
