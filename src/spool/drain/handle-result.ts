/** Applies the result of an attempt to the event's file, to its series, and to the pace of the drain. */

import { backoffMs } from '../../client/backoff.ts'
import { moveEvent, removeEvent, rewriteEvent } from '../change-event.ts'
import type { EventFileName } from '../event-file-name.ts'
import { notBeforeIn, noteOffered, type SpooledEvent } from '../spooled-event.ts'
import type { DrainRun } from './drain-run.ts'
import type { SendResult } from './send-event.ts'
import type { SeriesQueue } from './series-queue.ts'

/** @throws the system's error */
export async function handleResult(
  run: DrainRun,
  queue: SeriesQueue,
  name: EventFileName,
  tried: SpooledEvent,
  result: SendResult,
): Promise<void> {
  const { spool, report } = run.tools
  switch (result.kind) {
    case 'aborted':
      return
    case 'delivered':
      await removeEvent(spool, 'queue', name)
      advance(run, queue, name)
      report({ kind: 'delivered', spooled: tried })
      return
    case 'refused': {
      const { status, problem, likelyCause } = result
      await moveEvent(spool, name, 'queue', {
        ...tried,
        lastProblem: problem,
        refused: { status, likelyCause },
      })
      advance(run, queue, name)
      report({ kind: 'refused', spooled: tried, problem: `${problem}, ${likelyCause}` })
      return
    }
    case 'rate-limited':
    case 'failed': {
      const { problem, retryAfterMs } = result
      // Noted before the file is written, because other attempts may be decided on during the write.
      slowDown(run, queue, name, result)
      await rewriteEvent(spool, name, {
        ...noteOffered(spool, tried),
        lastProblem: problem,
        ...(retryAfterMs !== undefined && notBeforeIn(spool, retryAfterMs)),
      })
      report({ kind: 'will-retry', spooled: tried, problem })
      return
    }
    default:
      result satisfies never
  }
}

/** The first event was delivered or refused: the next one of the series may be sent. */
function advance(
  { pace, deadline, delayedFiles }: DrainRun,
  queue: SeriesQueue,
  { file, monitorId }: EventFileName,
): void {
  queue.files.shift()
  queue.failures = 0
  delayedFiles.delete(file)
  pace.noteAnswered(monitorId)
  deadline.noteProgress()
}

function slowDown(
  { tools, pace, delayedFiles }: DrainRun,
  queue: SeriesQueue,
  { file, monitorId }: EventFileName,
  result: SendResult & { readonly kind: 'rate-limited' | 'failed' },
): void {
  const { retryAfterMs } = result
  if (retryAfterMs !== undefined) delayedFiles.add(file)
  if (result.kind === 'rate-limited') {
    pace.noteRateLimit(monitorId, result)
    return
  }
  queue.failures += 1
  queue.notBefore = tools.now() + backoffMs(queue.failures, tools.random, retryAfterMs)
  pace.noteFailure(result)
}
