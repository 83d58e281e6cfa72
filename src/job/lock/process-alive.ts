/** Says whether a process that an entry of a lock names still exists. */

import { parseProcessStat } from '../../system/process-stat.ts'
import type { LockPlace, LockRecord } from './lock-record.ts'

/** What the kernel says about processes. */
export interface ProcessTable {
  readonly place: LockPlace
  /** The text of /proc/PID/stat; undefined if there is none that this process may see. */
  stat(pid: number): string | undefined
  /** True if kill(2) finds the process, also if it belongs to another user. */
  exists(pid: number): boolean
  /** The process whose number in its own PID namespace is `pid`, and whose start is `start`. */
  findInNamespaces(pid: number, start: string): boolean
}

/** The number of the first PID namespace, in which all processes are visible (PROC_PID_INIT_INO in proc_ns.h). */
const FIRST_NAMESPACE = 'pid:[4026531836]'

/** How often a holder touches its entry, in milliseconds. Only processes that cannot ask the kernel need it. */
export const TOUCH_MS = 60_000

/** A holder in a PID namespace that is not visible counts as gone if its entry is older than this. */
const UNSEEN_MS = 10 * TOUCH_MS

/** `elsewhere`: on another host, which has the same folder by a network. It does not hold the lock on this one. */
export type ProcessState = 'alive' | 'dead' | 'elsewhere'

/** @param untouchedMs the time since the holder last touched its entry */
export function stateOfRecord(
  record: LockRecord,
  table: ProcessTable,
  untouchedMs: () => number,
): ProcessState {
  const { place } = table
  // Containers have the boot's ID of their host, but not always its machine ID.
  if (record.boot !== place.boot) return record.machine === place.machine ? 'dead' : 'elsewhere'
  return isAliveOnHost(record, table, untouchedMs) ? 'alive' : 'dead'
}

function isAliveOnHost(record: LockRecord, table: ProcessTable, untouchedMs: () => number): boolean {
  const { pid, start, namespace } = record
  if (namespace === table.place.namespace) return isProcessAlive(pid, start, table)
  if (table.findInNamespaces(pid, start)) return true
  return table.place.namespace !== FIRST_NAMESPACE && untouchedMs() < UNSEEN_MS
}

function isProcessAlive(pid: number, start: string, table: ProcessTable): boolean {
  const stat = table.stat(pid)
  // Without a usable /proc, or if it hides processes of other users (hidepid in proc(5)). A number that is used again then
  // counts as the holder.
  if (stat === undefined || start === '') return table.exists(pid)
  const found = parseProcessStat(stat)
  return found.start === start && !found.isZombie
}

/** When a process was started, for its record. Empty if the system does not say. */
export function processStart(pid: number, table: ProcessTable): string {
  const stat = table.stat(pid)
  return stat === undefined ? '' : parseProcessStat(stat).start
}
