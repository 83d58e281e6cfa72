/** The sequence of a run with job control, until its job has started. */

import type { LaunchNotes } from '../../../job/launch-notes.ts'
import type { Notices } from '../../../report/notices/notices.ts'
import type { JobSettingsOptions } from '../../../settings/job-settings.ts'
import type { ExecFlags, ExecRequest } from '../exec-command.ts'
import type { LauncherHooks } from '../launcher-hooks.ts'
import { outcomeOf } from '../run-outcome.ts'
import type { startFirst } from '../start-run.ts'
import { asRun, type StartedRun } from '../started-run.ts'
import { judge } from './judge.ts'
import { readControl } from './read-control.ts'

export interface ControlTools extends JobSettingsOptions {
  readonly flags: ExecFlags
  readonly launcher: LauncherHooks
  readonly notes: LaunchNotes
  readonly notices: Notices
  /** Given as a parameter, because the script that starts the job has it already. */
  readonly startFirst: typeof startFirst
}

export async function startControlledRun(request: ExecRequest, tools: ControlTools): Promise<StartedRun> {
  const { control, warnings } = readControl(request.monitorKey, request.flags, tools)
  const first = tools.startFirst(request, tools.launcher, tools.notes)
  const outcome = first.job.ended.then(end => judge(outcomeOf(end), control))
  return asRun({ ...first, problems: [...warnings, ...first.problems] }, first.job, outcome)
}
