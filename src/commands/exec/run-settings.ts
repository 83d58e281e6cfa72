/** Loads the settings of a run while its job runs. */

import type { Notices } from '../../report/notices/notices.ts'
import type { Settings } from '../../settings/settings.ts'
import { loadWithPipes } from '../load-with-pipes.ts'
import type { ExecFlags } from './exec-command.ts'
import type { StartedRun } from './started-run.ts'

/** A pipe that gives the key is awaited until the deadline of the delivery. */
export async function loadRunSettings(
  flags: ExecFlags,
  run: StartedRun,
  notices: Notices,
): Promise<Settings> {
  const { settings, warnings } = await loadWithPipes(
    { flags, env: process.env, isJobStarted: true },
    { opened: run.keyPipes, deadlineFor: withinMs => deliveryDeadline(run, withinMs) },
  )
  notices.hideSecrets(settings.secrets)
  for (const warning of warnings) notices.warn(warning)
  return { ...settings, findHidden: run.findHidden }
}

/** Aborts `withinMs` after the job's end, or when `stopWaiting` aborts. */
function deliveryDeadline({ job, stopWaiting }: StartedRun, withinMs: number): AbortSignal {
  const over = new AbortController()
  const abort = (): void => over.abort()
  stopWaiting.addEventListener('abort', abort)
  void job.ended.then(() => setTimeout(abort, withinMs).unref())
  return over.signal
}
