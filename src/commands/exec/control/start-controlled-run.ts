/** The sequence of a run with job control, until its job has started. */

import { hasControllingTerminal } from '../../../job/controlling-terminal.ts'
import type { LaunchNotes } from '../../../job/launch-notes.ts'
import type { Job } from '../../../job/start.ts'
import { createUsageMeter } from '../../../job/usage.ts'
import type { Notices } from '../../../report/notices/notices.ts'
import { createRemarks } from '../../../report/remarks.ts'
import type { FileOptions } from '../../../settings/sources.ts'
import type { Tail } from '../../../system/tail.ts'
import type { ExecFlags, ExecRequest } from '../exec-command.ts'
import type { LauncherHooks } from '../launcher-hooks.ts'
import { outcomeOf } from '../run-outcome.ts'
import type { StartOptions, startFirst } from '../start-run.ts'
import { asRun, type FirstStart, type StartedRun } from '../started-run.ts'
import { hiddenBy } from './hidden-by.ts'
import { judge } from './judge.ts'
import { lockWarnings } from './lock-plan.ts'
import { loadPatterns } from './patterns.ts'
import { readControl } from './read-control.ts'
import { retryPolicyOf } from './retry-policy.ts'
import { runAttempts } from './run-attempts.ts'
import { withNote } from './run-note.ts'
import { createRunOutput } from './run-output.ts'
import { isLimited, limitsOf } from './time-limits.ts'
import { withUsage } from './usage-metrics.ts'
import { waitToStart } from './wait-to-start.ts'

export interface ControlTools extends FileOptions {
  readonly flags: ExecFlags
  readonly launcher: LauncherHooks
  readonly notes: LaunchNotes
  readonly notices: Notices
  /** Given as a parameter, because the script that starts the job has it already. */
  readonly startFirst: typeof startFirst
}

export async function startControlledRun(request: ExecRequest, tools: ControlTools): Promise<StartedRun> {
  const { notices } = tools
  const read = readControl(request.monitorKey, request.flags, tools)
  const { control, origins, warnings } = read
  const patterns = await loadPatterns(control, origins, request.usageError)
  if (control.printCommand) {
    const { printRun } = await import('./print-run.ts')
    return printRun(request, { ...tools, read, warnings: [...warnings, ...patterns.warnings] })
  }
  const findHidden = hiddenBy(patterns.redact)
  notices.hideMatches(findHidden)
  const problems = [...warnings, ...lockWarnings(control, origins), ...patterns.warnings]
  const waited = await waitToStart(request.monitorKey, control, tools)
  const launcher =
    waited.release === undefined ? tools.launcher : { ...tools.launcher, release: waited.release }
  const start = (options: StartOptions): FirstStart => {
    const first = tools.startFirst(request, launcher, tools.notes, options)
    return { ...first, problems: [...problems, ...first.problems] }
  }
  if (waited.kind === 'end') {
    const { end, isReported } = waited
    const ended = Promise.resolve(end)
    const first = start({ begin: () => ({ pid: undefined, relays: [], ended, problem: undefined }) })
    const outcome = withNote(outcomeOf(end), control.note)
    return { ...asRun(first, first.job, Promise.resolve(outcome)), isReported }
  }

  const { lock } = waited
  const meter = control.usage === true ? createUsageMeter() : undefined
  const limits = limitsOf(control)
  const retry = retryPolicyOf(control)
  const remarks = createRemarks()
  const output = createRunOutput(control, patterns, notices)
  const leadsGroup = request.flags.ownGroup === true || (isLimited(limits) && !hasControllingTerminal())
  const first = start({
    ownGroup: leadsGroup,
    mayRepeat: retry.retries > 0,
    begin(plan, startJob) {
      const locked = lock === undefined ? plan : { ...plan, beforeJob: lock.beforeJob }
      const begin = (): Job => output.start(locked, startJob)
      return meter === undefined ? begin() : meter.measure(begin)
    },
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
  const measured = outcome
    .then(each => (meter === undefined ? each : withUsage(each, meter.usage())))
    .then(each => withNote(each, control.note))
  // Whatever goes wrong there, the output is shown.
  const shown = outcome.then(
    ({ reported }) => output.finish(reported.state === 'fail'),
    () => output.finish(true),
  )
  const tail = patterns.redactsAll ? NO_TAIL : first.tail
  return {
    ...asRun({ ...first, tail, findHidden }, job, measured),
    remarks,
    shown,
    ...(lock && { beforeLeaving: lock.release }),
  }
}

const NO_TAIL: Tail = { append() {}, clear() {}, bytes: () => Buffer.alloc(0), total: () => 0 }
