/** `cronitor try`: runs a line of a crontab from a terminal as cron would. */

import { setPriority } from 'node:os'
import type { JobLine } from '../../crontab/crontab-file.ts'
import { parseCrontab } from '../../crontab/parse-crontab.ts'
import { NOT_RUN_STATUS, USAGE_STATUS } from '../../job/exit-status.ts'
import { leaveAs, leaveWith } from '../../job/leave.ts'
import { closeInheritedDescriptors } from '../../spool/courier/close-inherited-descriptors.ts'
import { writeMessage } from '../../system/output-writer.ts'
import { printable } from '../../system/printable.ts'
import { currentUser, findUser, type UserAccount } from '../../system/user-account.ts'
import { writeUsageError } from '../command-line.ts'
import { installedCron } from '../crontab/installed-cron.ts'
import { print } from '../terminal/print.ts'
import { commandNames } from './command-names.ts'
import { cronCommand } from './cron-command.ts'
import { callersLimits, mayRaiseOwnLimits, runningCron } from './cron-daemon.ts'
import { type CronJob, cronJob } from './cron-job.ts'
import { environmentDifferences } from './differences.ts'
import { findCommands } from './find-commands.ts'
import { readTarget, type TryTarget } from './read-target.ts'
import { type JobFacts, remarksOnJob } from './remarks-on-job.ts'
import { remarksOnLine } from './remarks-on-line.ts'
import { reportingOf } from './reporting.ts'
import { runCronJob } from './run-cron-job.ts'
import { selectJob } from './select-job.ts'
import { shownJob } from './show-job.ts'
import { decoded } from './start-cron-job.ts'
import type { TryFlags, TryRequest } from './try-request.ts'

/** The process ends as the job did. */
export async function tryLine({ line: argument, flags }: TryRequest): Promise<never> {
  const read = readTarget(argument, flags.user)
  if (read.kind === 'usage-error') {
    writeUsageError('cronitor', read.problem, 'cronitor try')
    process.exit(USAGE_STATUS)
  }
  if (read.kind === 'unreadable') return refuse(read.problem)
  closeInheritedDescriptors()

  const { target } = read
  const daemon = runningCron()
  const dialect = flags.dialect ?? daemon?.dialect ?? installedCron()
  const hasUserColumn = flags.system === true || target.isSystemFile
  const file = parseCrontab(target.text, { dialect, hasUserColumn })
  const selected = selectJob(file, target)
  if (selected.kind === 'none') return refuse(selected.problem)
  const { line } = selected
  const user = userOf(line, target, flags)
  if (user.kind === 'problem') return refuse(user.problem)
  const reporting = reportingOf(line, dialect, flags.report !== false)
  if (reporting.kind === 'problem') return refuse(reporting.problem)
  const { command } = reporting
  const job = cronJob({ dialect, daemon, account: user.account, line, command, hasUserColumn })
  const lineRemarks = remarksOnLine(file, line, target)
  return runOrShow(job, { line, lineRemarks, title: target.title, ...reporting }, flags)
}

interface ReportedLine {
  readonly line: JobLine
  /** What cron does silently with the line. */
  readonly lineRemarks: readonly string[]
  readonly title: string
  /** What a shell may run, for the search for programs. */
  readonly commandLines: readonly string[]
  /** What is reported. */
  readonly remark: string | undefined
}

async function runOrShow(job: CronJob, reported: ReportedLine, flags: TryFlags): Promise<never> {
  const home = decoded(job.environment.get('HOME') ?? '/')
  const here = { uid: process.geteuid?.() ?? 0, limits: callersLimits(), mayRaise: mayRaiseOwnLimits() }
  const command = cronCommand(job, home, here)
  if (command.kind === 'refused') {
    say(flags, ...reported.lineRemarks)
    return refuse(command.problem)
  }
  if (flags.print) {
    say(flags, ...reported.lineRemarks)
    print(shownJob(job, { schedule: reported.line.schedule, folder: home }))
    process.exit(0)
  }
  const isPrioritySet = becomeAsNice(job.priority)
  const umask = { job: job.umask, here: process.umask(job.umask) }
  const facts = { ...reported, umask, refusedLimits: command.refused, isPrioritySet }
  say(
    flags,
    ...reported.lineRemarks,
    ...remarksOnJob(factsAbout(job, home, facts)),
    ...[command.remark, reported.remark].filter(remark => remark !== undefined),
  )

  const { end, hasHungThread, isHeld } = await runCronJob(job, { ...command, home })
  if (end.kind === 'not-started') say({}, `the job cannot be started: ${end.reason}`)
  if (isHeld) say(flags, 'a process that the job has started still runs, as it would under cron')
  return leaveAs(end, hasHungThread)
}

interface FactsOfHost extends Pick<ReportedLine, 'title' | 'commandLines'> {
  readonly umask: JobFacts['umask']
  readonly refusedLimits: JobFacts['refusedLimits']
  readonly isPrioritySet: boolean
}

function factsAbout(job: CronJob, home: string, host: FactsOfHost): JobFacts {
  const path = decoded(job.environment.get('PATH') ?? '')
  const environment = new Map(
    [...job.environment].map(([name, value]): [string, string] => [decoded(name), decoded(value)]),
  )
  return {
    ...host,
    cron: job.dialect === 'debian' ? "Debian's cron" : 'cronie',
    user: job.account.name,
    path,
    commands: findCommands([...new Set(host.commandLines.map(decoded).flatMap(commandNames))], {
      job: { path, folder: home },
      here: { path: process.env.PATH ?? '', folder: process.cwd() },
    }),
    environment: environmentDifferences(environment, process.env),
    refusedPriority: host.isPrioritySet ? undefined : job.priority,
    unknownModules: job.unknownModules,
    hasInput: job.input !== '',
  }
}

type JobUser =
  | { readonly kind: 'user'; readonly account: UserAccount }
  | { readonly kind: 'problem'; readonly problem: string }

/** Only root can run a job as somebody else. */
function userOf(line: JobLine, target: TryTarget, flags: TryFlags): JobUser {
  const named = flags.user ?? (line.user === undefined ? target.owner : decoded(line.user))
  const account = named === undefined ? currentUser() : findUser(named)
  if (account === undefined) {
    const problem =
      named === undefined
        ? `your user number ${process.geteuid?.()} has no name: cron could not run a job for you`
        : `there is no user ${named} on this host: cron would not run the line`
    return { kind: 'problem', problem }
  }
  const euid = process.geteuid?.() ?? 0
  if (euid === 0 || euid === account.uid) return { kind: 'user', account }
  return { kind: 'problem', problem: `${target.title} is run as ${account.name}, which only root can do` }
}

/** False if this user may not: only root can lower a nice value. */
function becomeAsNice(priority: number): boolean {
  try {
    setPriority(priority)
    return true
  } catch {
    return false
  }
}

function refuse(problem: string): never {
  say({}, problem)
  return leaveWith(NOT_RUN_STATUS, false)
}

/** Lines in one message: those of several messages can be mixed up if another process has to write them. */
function say({ quiet }: TryFlags, ...lines: readonly string[]): void {
  if (quiet || lines.length === 0) return
  writeMessage(2, lines.map(line => `cronitor: ${printable(line)}\n`).join(''))
}
