/** What an entry of a lock says about a process: text that is the target of a symbolic link. */

import type { Place, ProcessId } from '../../system/process-id.ts'

/** Where a process of a lock runs. */
export interface LockPlace extends Pick<Place, 'boot' | 'namespace'> {
  /** A hash of the machine's ID, which is confidential (machine-id(5)). */
  readonly machine: string
}

export interface LockRecord extends ProcessId, LockPlace {
  /** When the run asked for the lock: milliseconds since the boot. */
  readonly since: number
}

const FORMAT = 'v1'
/** A field that the system does not provide. */
const NONE = '-'

export function recordText({ machine, boot, namespace, pid, start, since }: LockRecord): string {
  return [FORMAT, machine, boot || NONE, namespace || NONE, pid, start || NONE, Math.round(since)].join(' ')
}

/** Undefined if another program or version has written the text. */
export function parseRecord(text: string): LockRecord | undefined {
  const [format, machine = '', boot = '', namespace = '', pid = '', start = '', since = ''] = text.split(' ')
  if (format !== FORMAT || !/^[1-9]\d*$/.test(pid) || !/^\d+$/.test(since)) return undefined
  return {
    machine,
    boot: optional(boot),
    namespace: optional(namespace),
    pid: Number(pid),
    start: optional(start),
    since: Number(since),
  }
}

function optional(text: string): string {
  return text === NONE ? '' : text
}
