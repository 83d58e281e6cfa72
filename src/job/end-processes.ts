/** Ends all processes of a run: first with a signal that they can handle, then with KILL. */

import type { ListedProcess } from '../system/process-list.ts'
import type { Sleep } from '../system/sleep.ts'
import { keyOf, type RunProcesses } from './run-processes.ts'

export interface EndSignals {
  readonly signal: NodeJS.Signals
  /** Milliseconds from the signal to KILL; 0: KILL is not sent. */
  readonly killAfterMs: number
}

export interface EndTools {
  readonly processes: RunProcesses
  /** The group that the job leads. Undefined: it leads none. */
  readonly jobGroup: number | undefined
  readonly jobPid: number
  readonly isJobThere: () => boolean
  /** True if it was sent, or if the process has ended. False if the wrapper may not send it (EPERM, kill(2)). */
  readonly send: (pid: number, signal: NodeJS.Signals) => boolean
  /** True if the process is still the one that was listed. */
  readonly isSame: (process: ListedProcess) => boolean
  /** True if the group has a member. */
  readonly isGroupThere: (group: number) => boolean
  /** Monotonic, in milliseconds. */
  readonly now: () => number
  readonly sleep: Sleep
}

/** A process that KILL has not ended after this time hangs in a system call, such as one on a lost file server. */
const KILL_MS = 5000

/** Between two looks, in milliseconds: the first, and the longest. */
const FIRST_PAUSE_MS = 5
const LONGEST_PAUSE_MS = 100

/** A look at a thousand processes takes some milliseconds of processor time, which the system needs for other things. */
const SHARE_OF_LOOKS = 0.25

/** Resolves with the processes that are left. */
export async function endProcesses(how: EndSignals, tools: EndTools): Promise<readonly ListedProcess[]> {
  const pause = createPause(tools)
  const signalled = new Set<string>()
  const startedAt = tools.now()
  const killAt = how.killAfterMs === 0 ? Number.POSITIVE_INFINITY : startedAt + how.killAfterMs
  let isFirst = true
  if (how.signal !== 'SIGKILL') {
    for (; tools.now() < killAt; await pause(killAt)) {
      const found = look(tools)
      if (isOver(found, tools)) return []
      if (isFirst) signalAll(found, how.signal, signalled, tools)
      else
        for (const each of notCleaningUp(found.processes, signalled))
          signalOne(each, how.signal, signalled, tools)
      isFirst = false
    }
  }
  const giveUpAt = tools.now() + KILL_MS
  for (let isKilled = false; ; isKilled = true) {
    const found = look(tools)
    // Without /proc, a zombie cannot be told from a member of the group that lives.
    if (isOver(found, tools) || (isKilled && !found.isComplete && !tools.isJobThere())) return []
    const isRefused = !kill(found, tools)
    if (isRefused || tools.now() >= giveUpAt) return found.processes
    await pause(giveUpAt)
  }
}

interface Found {
  readonly processes: readonly ListedProcess[]
  readonly groups: ReadonlySet<number>
  /** False without /proc. The group that the job leads is then all that can be seen. */
  readonly isComplete: boolean
}

function look({ processes }: EndTools): Found {
  const found = processes.look()
  return found === undefined
    ? { processes: [], groups: new Set(), isComplete: false }
    : { ...found, isComplete: true }
}

function isOver({ processes, isComplete }: Found, { jobGroup, isGroupThere, isJobThere }: EndTools): boolean {
  if (isComplete) return processes.length === 0
  return jobGroup === undefined ? !isJobThere() : !isGroupThere(jobGroup)
}

/** To the group at once: a process that is being created gets it too (fork(2)). */
function signalAll(found: Found, signal: NodeJS.Signals, signalled: Set<string>, tools: EndTools): void {
  const { jobGroup, jobPid, isJobThere } = tools
  const isGroupSafe = jobGroup !== undefined && (found.groups.has(jobGroup) || isJobThere())
  if (isGroupSafe) sendWithContinue(-jobGroup, signal, tools)
  else if (!found.isComplete && isJobThere()) sendWithContinue(jobPid, signal, tools)
  for (const each of found.processes) {
    if (isGroupSafe && each.group === jobGroup) signalled.add(keyOf(each))
    else signalOne(each, signal, signalled, tools)
  }
}

function signalOne(
  each: ListedProcess,
  signal: NodeJS.Signals,
  signalled: Set<string>,
  tools: EndTools,
): void {
  signalled.add(keyOf(each))
  if (tools.isSame(each)) sendWithContinue(each.pid, signal, tools)
}

/** A stopped process handles a signal only after it was continued. */
function sendWithContinue(pid: number, signal: NodeJS.Signals, { send }: EndTools): void {
  send(pid, signal)
  if (signal !== 'SIGCONT') send(pid, 'SIGCONT')
}

/**
 * The processes that have not had the signal, except for the children of one that has had it and goes on: it may clean up with
 * them.
 */
function notCleaningUp(
  processes: readonly ListedProcess[],
  signalled: ReadonlySet<string>,
): readonly ListedProcess[] {
  const byPid = new Map(processes.map(each => [each.pid, each]))
  return processes.filter(each => {
    const parent = byPid.get(each.parent)
    return !signalled.has(keyOf(each)) && (parent === undefined || !signalled.has(keyOf(parent)))
  })
}

/** False if all that is left refuses the signal. */
function kill(found: Found, tools: EndTools): boolean {
  const { jobGroup, jobPid, isJobThere, send, isSame } = tools
  let isSent = false
  const sendKill = (pid: number): void => {
    if (send(pid, 'SIGKILL')) isSent = true
  }
  if (!found.isComplete) {
    if (jobGroup !== undefined) sendKill(-jobGroup)
    else if (isJobThere()) sendKill(jobPid)
    return isSent
  }
  const groups = new Set<number>()
  for (const each of found.processes) {
    if (!isSame(each)) isSent = true
    else if (!found.groups.has(each.group)) sendKill(each.pid)
    else if (!groups.has(each.group)) {
      groups.add(each.group)
      sendKill(-each.group)
    }
  }
  return isSent
}

function createPause({ now, sleep }: EndTools): (until: number) => Promise<void> {
  const never = new AbortController().signal
  let ms = FIRST_PAUSE_MS
  let lookedAt = now()
  return async until => {
    const lookMs = now() - lookedAt
    await sleep(Math.max(1, Math.min(Math.max(ms, lookMs / SHARE_OF_LOOKS), until - now())), never)
    ms = Math.min(ms * 1.5, LONGEST_PAUSE_MS)
    lookedAt = now()
  }
}
