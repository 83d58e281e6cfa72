/** The entry of dist/exec.cjs, which bin/cronitor-exec.js calls. */

import { HOST_VARIABLE } from '../../job/launch-notes.ts'
import { runJob } from './exec.ts'
import type { LauncherHooks } from './launcher-hooks.ts'
import { requestWithoutOptions } from './request-without-options.ts'

export async function runWrapper(argv: readonly string[], launcher: LauncherHooks): Promise<void> {
  if (process.env[HOST_VARIABLE] !== undefined) {
    const { openHostChannel } = await import('../host-channel.ts')
    launcher.host = openHostChannel(process.env)
  }
  const request = requestWithoutOptions(argv)
  if (request !== undefined) return runJob(request, launcher)
  const { runWithOptions } = await import('./run-with-options.ts')
  return runWithOptions(argv, launcher, runJob)
}
