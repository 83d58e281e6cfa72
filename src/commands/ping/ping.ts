/** `cronitor ping`: one telemetry event from a shell script. */

import { leaveAs, leaveWith } from '../../job/leave.ts'
import { createNotices } from '../../report/notices/notices.ts'
import { type PingReport, reportPing } from '../../report/report-ping.ts'
import { openHostChannel } from '../host-channel.ts'
import { loadWithPipes } from '../load-with-pipes.ts'
import { showRequest } from './dry-run.ts'
import { pingEvent } from './ping-event.ts'
import type { PingRequest } from './ping-request.ts'
import { catchStopSignals } from './stop-signals.ts'

/** Resolves with the exit status: 0 if the event was delivered, kept in the spool or shown (`--dry-run`), else 1. */
export async function runPing(request: PingRequest): Promise<0 | 1> {
  const host = openHostChannel(process.env)
  const flags = { ...request.flags, ...host?.keys }
  const notices = createNotices('cronitor', flags, host?.noteWarning)
  const { settings, warnings } = await loadWithPipes({ flags, env: process.env })
  notices.hideSecrets(settings.secrets)
  for (const warning of warnings) notices.warn(warning)
  const event = pingEvent(request, settings, notices)
  if (flags.dryRun) {
    const status = showRequest(event, settings, notices)
    notices.printWarnings()
    return status
  }
  const stop = catchStopSignals()
  const { outcome, isThreadStuck } = await reportPing({ event, settings, notices, stopWaiting: stop.signal })
  notices.printWarnings()
  host?.conclude(outcome)
  const signal = stop.received()
  // The event is kept by now. Ends the process as the signal would have.
  if (signal !== undefined) leaveAs({ kind: 'killed', signal, durationMs: 0 })
  const status = exitStatus(outcome)
  return isThreadStuck ? leaveWith(status, isThreadStuck) : status
}

function exitStatus(outcome: PingReport['outcome']): 0 | 1 {
  switch (outcome.kind) {
    case 'delivered':
    case 'queued':
    case 'recorded':
      return 0
    case 'rejected':
    case 'lost':
    case 'no-key':
      return 1
    default:
      return outcome satisfies never
  }
}
