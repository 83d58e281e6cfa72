/** One attempt to send the first event of a series. */

import { setAside } from '../change-event.ts'
import type { EventFileName } from '../event-file-name.ts'
import { readEvent } from '../read-event.ts'
import { retryAfterLeftMs, type SpooledEvent } from '../spooled-event.ts'
import { type DrainRun, failRun } from './drain-run.ts'
import { handleResult } from './handle-result.ts'
import { sendEvent } from './send-event.ts'
import type { SeriesQueue } from './series-queue.ts'

interface AttemptOptions {
  readonly connection: number
  readonly signal: AbortSignal
}

/** Never rejects: an error of the spool ends the drain. */
export async function attemptFirst(
  run: DrainRun,
  queue: SeriesQueue,
  options: AttemptOptions,
): Promise<void> {
  const [name] = queue.files
  if (name === undefined) return
  // Noted before the file is read, because other attempts may be decided on during the read.
  const sentAt = run.pace.noteSent(name.monitorId)
  try {
    const spooled = await readFirst(run, queue, name)
    if (spooled === undefined || mustWait(run, queue, name, spooled)) return
    const result = await sendEvent(run.tools, spooled, {
      ...options,
      sentAt,
      onResend: () => run.pace.noteSent(name.monitorId),
    })
    await handleResult(run, queue, name, { ...spooled, tries: spooled.tries + 1 }, result)
  } catch (error) {
    failRun(run, error)
  }
}

/**
 * Reads the first event; undefined if it cannot be sent. It is then no longer in `queue.files`. @throws the system's
 * error
 */
async function readFirst(
  { tools, skippedSeries }: DrainRun,
  queue: SeriesQueue,
  name: EventFileName,
): Promise<SpooledEvent | undefined> {
  const { spool, report } = tools
  const content = await readEvent(spool, 'queue', name)
  switch (content?.kind) {
    case undefined:
      // Another process has dropped it.
      queue.files.shift()
      return undefined
    case 'newer':
    case 'unreadable':
      skippedSeries.add(name.seriesId)
      queue.files.length = 0
      report({ ...content, file: name.file })
      return undefined
    case 'damaged':
      await setAside(spool, 'queue', name.file)
      queue.files.shift()
      report({ kind: 'damaged', file: name.file, problem: content.problem })
      return undefined
    case 'event':
      return content.spooled
    default:
      return content satisfies never
  }
}

/**
 * True if an earlier process got a `Retry-After` for this event that is not over yet. A drain waits for it only once:
 * if the clock is set back, it would never be over.
 */
function mustWait(
  { tools, delayedFiles }: DrainRun,
  queue: SeriesQueue,
  { file }: EventFileName,
  spooled: SpooledEvent,
): boolean {
  const waitMs = retryAfterLeftMs(tools.spool, spooled)
  if (waitMs === 0 || delayedFiles.has(file)) return false
  delayedFiles.add(file)
  queue.failures = Math.max(queue.failures, 1)
  queue.notBefore = tools.now() + waitMs
  return true
}
