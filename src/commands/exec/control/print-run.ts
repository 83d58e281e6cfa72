/** --print-command: shows what a run would do, and runs nothing. */

import type { LaunchNotes } from '../../../job/launch-notes.ts'
import { leaveWith } from '../../../job/leave.ts'
import type { Notices } from '../../../report/notices/notices.ts'
import { settingOrigins } from '../../../settings/setting-origins.ts'
import type { FileOptions } from '../../../settings/sources.ts'
import { loadWithPipes } from '../../load-with-pipes.ts'
import { print } from '../../terminal/print.ts'
import type { ExecRequest } from '../exec-command.ts'
import { describeRun } from './describe-run.ts'
import type { ReadControl } from './read-control.ts'

export interface PrintOptions extends Pick<FileOptions, 'env' | 'euid'> {
  readonly read: ReadControl
  readonly notes: LaunchNotes
  readonly notices: Notices
  /** About job control. */
  readonly warnings: readonly string[]
}

/** The process ends here, with status 0. */
export async function printRun(request: ExecRequest, options: PrintOptions): Promise<never> {
  const { env, euid, read, notes, notices } = options
  const sources = { flags: request.flags, env, euid }
  const { settings, warnings } = await loadWithPipes(sources)
  notices.hideSecrets(settings.secrets)
  for (const warning of [...options.warnings, ...warnings]) notices.warn(warning)
  print(describeRun(request, { settings, originOf: settingOrigins(sources), read, notes }))
  notices.printWarnings()
  return leaveWith(0, false)
}
