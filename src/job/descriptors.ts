/** Passes on the descriptors that the wrapper inherited. By default, Node.js closes most of them in its children. */

import { closeSync, fstatSync, openSync } from 'node:fs'
import type { Options } from 'execa'
import { errorCode } from '../system/errors.ts'

/** execa accepts any number of entries, but its types end at 10. */
type Stdio = NonNullable<Options['stdio']>

/**
 * The `stdio` option for a job with `targets` as its descriptors 1 and 2. When Node.js starts, it marks descriptors 3
 * to 15 close-on-exec, and those from 16 up to the first that is not open (libuv, uv_disable_stdio_inheritance). These
 * must be listed; a child inherits the others anyway.
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

/**
 * Call it once the job has these. Otherwise the wrapper or a relay would still hold a lock that the job has released.
 */
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
