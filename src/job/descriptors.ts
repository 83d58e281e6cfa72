/** The job's descriptors: those that the wrapper inherited, although Node.js closes most of them for its children. */

import { closeSync, fstatSync, openSync } from 'node:fs'
import type { Options } from 'execa'
import { errorCode } from '../system/errors.ts'

/** execa takes any number of entries; its types stop at 10. */
type Stdio = NonNullable<Options['stdio']>

/**
 * The `stdio` option for a job with these descriptors as 1 and 2. At its start Node.js marks 3 to 15 close-on-exec, and
 * from 16 on all up to the first that is not open (libuv, uv_disable_stdio_inheritance): these must be listed. The others
 * are inherited anyway.
 */
export function stdioFor(inherited: readonly number[], targets: readonly [number, number]): Stdio {
  const open = inherited.filter(isOpen)
  const stdio: (number | 'ignore')[] = [0, ...targets]
  const last = open.filter(fd => fd <= 15 || isInRunFrom16(fd, open)).reduce((a, b) => Math.max(a, b), 2)
  for (let fd = 3; fd <= last; fd++) stdio.push(open.includes(fd) ? fd : 'ignore')
  return stdio as readonly unknown[] as Stdio
}

function isInRunFrom16(fd: number, open: readonly number[]): boolean {
  for (let below = 16; below < fd; below++) if (!open.includes(below)) return false
  return true
}

/** Once the job has them: a lock on one that the job releases must not be held by the wrapper or a relay. */
export function closeOwnCopies(inherited: readonly number[]): void {
  for (const fd of inherited) if (isOpen(fd)) closeSync(fd)
}

/** The system's error code if no more descriptors can be opened; undefined if they can. */
export function whyNoDescriptor(): string | undefined {
  try {
    const pair = [openSync('/dev/null', 'r'), openSync('/dev/null', 'r')]
    for (const fd of pair) closeSync(fd)
    return undefined
  } catch (error) {
    return errorCode(error)
  }
}

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd)
    return true
  } catch {
    return false
  }
}
