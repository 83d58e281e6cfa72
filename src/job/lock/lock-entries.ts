/**
 * The entries of a lock, and who holds it. Each run that wants the lock adds entries with an ID of its own, which no other
 * run ever uses. So the entries of a dead run can be removed at any time: nobody can have added newer ones in their place.
 */

import type { LockRecord } from './lock-record.ts'
import type { ProcessState } from './process-alive.ts'

/**
 * `try` names the wrapper. It is added before the run looks at the others, and removed when the lock is released. `held` is
 * added once the lock is taken. `job` names the process that the wrapper has started. `wait` names a wrapper that waits.
 */
export type EntryKind = 'try' | 'held' | 'job' | 'wait'

type Awaitable<Value> = Value | Promise<Value>

/** The folder of the locks of a host. Asynchronous only in tests, which mix the calls of several runs. */
export interface EntryFolder {
  names(): Awaitable<readonly string[]>
  /** Undefined if the entry does not exist, or is not one. */
  read(name: string): Awaitable<LockRecord | undefined>
  /** Fails if the entry exists. @throws the system's error */
  add(name: string, record: LockRecord): Awaitable<void>
  /** Does nothing if the entry does not exist or belongs to another user. */
  remove(name: string): Awaitable<void>
  /** Says whether the process still exists. */
  stateOf(name: string, record: LockRecord): Awaitable<ProcessState>
}

/** A run that holds the lock or tries to take it. */
export interface Contender {
  readonly id: string
  readonly isHolder: boolean
}

export interface LockEntries {
  /** Without the run that asks, in the order of their IDs. */
  readonly contenders: readonly Contender[]
  /** The IDs of all runs that wait, in their order. They may be dead. */
  readonly waiting: readonly string[]
}

export function entryName(lock: string, id: string, kind: EntryKind): string {
  return `${lock}.${id}.${kind}`
}

/** Removes the entries of dead runs. @param lock the first part of the entries' names */
export async function readLockEntries(
  folder: EntryFolder,
  lock: string,
  ownId: string,
): Promise<LockEntries> {
  const runs = new Map<string, Set<string>>()
  for (const name of await folder.names()) {
    const [first, id = '', kind = ''] = name.split('.')
    if (first !== lock) continue
    const kinds = runs.get(id) ?? new Set()
    runs.set(id, kinds.add(kind))
  }
  const contenders: Contender[] = []
  const waiting: string[] = []
  for (const [id, kinds] of runs) {
    if (kinds.has('wait')) waiting.push(id)
    if (id === ownId || !kinds.has('try')) continue
    const state = await stateOfRun(folder, lock, id)
    if (state === 'alive') contenders.push({ id, isHolder: kinds.has('held') })
    if (state === 'dead') await removeEntries(folder, lock, id)
  }
  return { contenders: contenders.toSorted((a, b) => (a.id < b.id ? -1 : 1)), waiting: waiting.toSorted() }
}

/** `withdrawn`: the run has just removed its entry, and may add it again. */
export type EntryState = ProcessState | 'withdrawn'

async function stateOfRun(folder: EntryFolder, lock: string, id: string): Promise<EntryState> {
  const wrapper = await entryState(folder, entryName(lock, id, 'try'))
  if (wrapper !== 'dead') return wrapper
  // Read after the wrapper is known to be dead, since only the wrapper adds it. The list of names may be older.
  const job = await entryState(folder, entryName(lock, id, 'job'))
  return job === 'alive' ? 'alive' : 'dead'
}

export async function entryState(folder: EntryFolder, name: string): Promise<EntryState> {
  const record = await folder.read(name)
  return record === undefined ? 'withdrawn' : folder.stateOf(name, record)
}

/** The order of removal: a run counts as long as its `try` exists. */
const KINDS: readonly EntryKind[] = ['job', 'held', 'wait', 'try']

export async function removeEntries(folder: EntryFolder, lock: string, id: string): Promise<void> {
  for (const kind of KINDS) await folder.remove(entryName(lock, id, kind))
}
