/** Finds all processes that a job has started. */

import type { ProcessId } from '../system/process-id.ts'
import type { ListedProcess } from '../system/process-list.ts'

export interface RunIdentity {
  readonly jobPid: number
  /** True if the job leads a process group of its own. */
  readonly leadsGroup: boolean
  /** Its processes have it in CRONITOR_RUN_ID, among the tokens of other runs. */
  readonly token: string
  /** The wrapper, which is never one of them. */
  readonly wrapperPid: number
}

export interface ProcessSource {
  readonly list: () => readonly ListedProcess[] | undefined
  /** The value of CRONITOR_RUN_ID; empty without it, undefined if it is unknown. */
  readonly runIdOf: (pid: number) => string | undefined
  /** True until the job's process id may belong to another process. */
  readonly isJobThere: () => boolean
}

export interface RunProcesses {
  /** The living ones. `groups` are the process groups that consist of them alone. Undefined if processes cannot be listed. */
  look(): { readonly processes: readonly ListedProcess[]; readonly groups: ReadonlySet<number> } | undefined
}

/**
 * A process belongs to the run if it is the job, is in the group that the job leads, has the run's token in its environment, is
 * a child of one of these, or was one of them before. A child that has started a session, and whose parent has ended, is found by
 * its token; a child without the token, by its parent.
 */
export function findRunProcesses(run: RunIdentity, source: ProcessSource): RunProcesses {
  const known = new Set<string>()
  const foreign = new Set<string>()

  function hasToken(each: ListedProcess): boolean {
    const key = keyOf(each)
    if (foreign.has(key)) return false
    const runId = source.runIdOf(each.pid)
    const isOwn = runId !== undefined && isOfRun(runId, run.token)
    if (runId !== undefined && !isOwn) foreign.add(key)
    return isOwn
  }

  return {
    look() {
      const listed = source.list()
      if (listed === undefined) return undefined
      const candidates = listed.filter(({ pid }) => pid !== run.wrapperPid)
      const own = new Set<ListedProcess>()
      for (const each of candidates) {
        const isJob = each.pid === run.jobPid && source.isJobThere()
        if (isJob || known.has(keyOf(each)) || hasToken(each)) own.add(each)
      }
      // The number of a group is not used again while the group has a member, even a zombie.
      const isGroupThere = run.leadsGroup && [...own].some(({ group }) => group === run.jobPid)
      if (isGroupThere) for (const each of candidates) if (each.group === run.jobPid) own.add(each)
      addDescendants(own, candidates)
      for (const each of own) known.add(keyOf(each))
      return {
        processes: [...own].filter(({ isZombie }) => !isZombie),
        groups: groupsWithin(own, listed),
      }
    },
  }
}

/** `runId` has a token for each run that the process is part of, joined by colons. */
function isOfRun(runId: string, token: string): boolean {
  return runId.split(':').includes(token)
}

function addDescendants(own: Set<ListedProcess>, candidates: readonly ListedProcess[]): void {
  const children = new Map<number, ListedProcess[]>()
  for (const each of candidates) {
    const siblings = children.get(each.parent)
    if (siblings === undefined) children.set(each.parent, [each])
    else siblings.push(each)
  }
  // A set's iterator reaches what is added meanwhile.
  for (const { pid } of own) for (const child of children.get(pid) ?? []) own.add(child)
}

/** A group that has another member, such as the wrapper's own group in a terminal, is left out. */
function groupsWithin(
  own: ReadonlySet<ListedProcess>,
  listed: readonly ListedProcess[],
): ReadonlySet<number> {
  const groups = new Set([...own].map(({ group }) => group))
  for (const each of listed) if (!own.has(each)) groups.delete(each.group)
  return groups
}

export function keyOf({ pid, start }: ProcessId): string {
  return `${pid} ${start}`
}
