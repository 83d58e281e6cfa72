/** Writes the rest of the job's output before the wrapper exits. */

import { handOverOutput } from '../../job/hand-over-output.ts'
import type { Notices } from '../../report/notices/notices.ts'
import type { StartedRun } from './started-run.ts'

/**
 * Waits for a slow reader, as the job itself would have. If a background process of the job still holds a pipe, another
 * process then relays its output.
 */
export async function finishOutput({ job, stopWaiting, shown }: StartedRun, notices: Notices): Promise<void> {
  const stopped = new Promise<void>(resolve => {
    if (stopWaiting.aborted) resolve()
    else stopWaiting.addEventListener('abort', () => resolve(), { once: true })
  })
  await Promise.race([shown, stopped])
  for (const relay of job.relays) {
    await relay.takeRest()
    await Promise.race([relay.written(), stopped])
    await Promise.race([relay.stop(), stopped])
    if (relay.isHeld() && !handOverOutput(relay)) await Promise.race([relay.ended, stopped])
    const failure = relay.failure()
    if (failure !== undefined && failure !== 'EPIPE') {
      const name = relay.descriptor === 1 ? 'stdout' : 'stderr'
      notices.warn(`${name} could not be written (${failure}): part of the job's output is lost`)
    }
  }
}
