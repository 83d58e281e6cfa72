/** The sequence of a run with job control, until its job has started. */

import type { LaunchNotes } from '../../../job/launch-notes.ts'
import type { Notices } from '../../../report/notices/notices.ts'
import type { JobSettingsOptions } from '../../../settings/job-settings.ts'
import type { ExecFlags, ExecRequest } from '../exec-command.ts'
import type { LauncherHooks } from '../launcher-hooks.ts'
import type { StartedRun, startRun } from '../start-run.ts'
import { judge } from './judge.ts'
import { readControl } from './read-control.ts'

export interface ControlTools extends JobSettingsOptions {
  readonly flags: ExecFlags
  readonly launcher: LauncherHooks
  readonly notes: LaunchNotes
  readonly notices: Notices
  /** Given as a parameter, because the script that starts the job has it already. */
  readonly startRun: typeof startRun
}

export async function startControlledRun(request: ExecRequest, tools: ControlTools): Promise<StartedRun> {
  const { control, warnings } = readControl(request.monitorKey, request.flags, tools)
  const run = tools.startRun(request, tools.launcher, tools.notes)
  return {
    ...run,
    problems: [...warnings, ...run.problems],
    outcome: run.outcome.then(outcome => judge(outcome, control)),
  }
}
