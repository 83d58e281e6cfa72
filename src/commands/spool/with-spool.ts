/** Loads the settings and opens the spool for a command of `cronitor spool`. */

import { createNotices, type Notices } from '../../report/notices/notices.ts'
import type { Settings } from '../../settings/settings.ts'
import { openSpool } from '../../spool/open.ts'
import type { Spool } from '../../spool/spool.ts'
import { describeSystemError } from '../../system/describe-system-error.ts'
import type { CommonFlags } from '../command-line.ts'
import { loadWithPipes } from '../load-with-pipes.ts'

export interface SpoolCommand {
  readonly spool: Spool
  readonly settings: Settings
  readonly notices: Notices
}

/** Resolves with the exit status: that of `use`, or 1 if the spool cannot be used. */
export async function withSpool(
  flags: CommonFlags,
  use: (command: SpoolCommand) => Promise<0 | 1>,
): Promise<0 | 1> {
  const notices = createNotices('cronitor', flags)
  const { settings, warnings } = await loadWithPipes({ flags, env: process.env })
  notices.hideSecrets(settings.secrets)
  for (const warning of warnings) notices.warn(warning)
  const choice = await openSpool(settings)
  let status: 0 | 1 = 1
  try {
    if (choice.kind === 'open') status = await use({ spool: choice.spool, settings, notices })
    else notices.warn(choice.kind === 'off' ? 'there is no spool, because of --no-spool' : choice.problem)
  } catch (error) {
    notices.warn(`the spool cannot be used: ${settings.spoolDir ?? ''}: ${describeSystemError(error)}`)
  }
  notices.printWarnings()
  return status
}
