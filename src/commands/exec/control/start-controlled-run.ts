/** The sequence of a run with job control, until its job has started. */

import { hasControllingTerminal } from '../../../job/controlling-terminal.ts'
import type { LaunchNotes } from '../../../job/launch-notes.ts'
import type { Notices } from '../../../report/notices/notices.ts'
import { createRemarks } from '../../../report/remarks.ts'
import type { JobSettingsOptions } from '../../../settings/job-settings.ts'
import type { Tail } from '../../../system/tail.ts'
import type { ExecFlags, ExecRequest } from '../exec-command.ts'
import type { LauncherHooks } from '../launcher-hooks.ts'
import { outcomeOf } from '../run-outcome.ts'
import type { startFirst } from '../start-run.ts'
import { asRun, type StartedRun } from '../started-run.ts'
import { hiddenBy } from './hidden-by.ts'
import { judge } from './judge.ts'
import { loadPatterns } from './patterns.ts'
import { readControl } from './read-control.ts'
import { retryPolicyOf } from './retry-policy.ts'
import { runAttempts } from './run-attempts.ts'
import { createRunOutput } from './run-output.ts'
import { isLimited, limitsOf } from './time-limits.ts'

export interface ControlTools extends JobSettingsOptions {
  readonly flags: ExecFlags
  readonly launcher: LauncherHooks
  readonly notes: LaunchNotes
  readonly notices: Notices
  /** Given as a parameter, because the script that starts the job has it already. */
  readonly startFirst: typeof startFirst
  readonly usageError: (problem: string) => Error
}

export async function startControlledRun(request: ExecRequest, tools: ControlTools): Promise<StartedRun> {
  const { notices } = tools
  const read = readControl(request.monitorKey, request.flags, tools)
  const { control, origins, warnings } = read
  const patterns = await loadPatterns(control, origins, tools.usageError)
  if (control.printCommand) {
    const { printRun } = await import('./print-run.ts')
    return printRun(request, { ...tools, read, warnings: [...warnings, ...patterns.warnings] })
  }
  const findHidden = hiddenBy(patterns.redact)
  notices.hideMatches(findHidden)
  const limits = limitsOf(control)
  const retry = retryPolicyOf(control)
  const remarks = createRemarks()
  const output = createRunOutput(control, patterns, notices)
  const leadsGroup = request.flags.ownGroup === true || (isLimited(limits) && !hasControllingTerminal())

  const first = tools.startFirst(request, tools.launcher, tools.notes, {
    ownGroup: leadsGroup,
    mayRepeat: retry.retries > 0,
    begin: output.start,
  })
  const { job, outcome } = runAttempts(first, {
    limits,
    retry,
    leadsGroup,
    judge: end => judge(outcomeOf(end), control, output.ended()),
    betweenAttempts(text) {
      output.printLine(text)
      remarks.add(text)
    },
    remark(text) {
      notices.warnNow(text)
      remarks.add(text)
    },
    warn: text => notices.warn(text),
  })
  // Whatever goes wrong there, the output is shown.
  const shown = outcome.then(
    ({ reported }) => output.finish(reported.state === 'fail'),
    () => output.finish(true),
  )
  const problems = [...warnings, ...patterns.warnings, ...first.problems]
  const tail = patterns.redactsAll ? NO_TAIL : first.tail
  return { ...asRun({ ...first, tail, findHidden, problems }, job, outcome), remarks, shown }
}

const NO_TAIL: Tail = { append() {}, clear() {}, bytes: () => Buffer.alloc(0), total: () => 0 }
