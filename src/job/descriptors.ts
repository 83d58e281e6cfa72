/** Passes on the descriptors that the wrapper inherited. By default, Node.js closes most of them in its children. */

import { closeSync, fstatSync, openSync } from 'node:fs'
import type { Options } from 'execa'
import { errorCode } from '../system/errors.ts'
import { mustBeListed } from '../system/unlisted-descriptors.ts'

/** execa accepts any number of entries, but its types end at 10. */
type Stdio = NonNullable<Options['stdio']>

/**
 * The `stdio` option for a job with `targets` as its descriptors 1 and 2. A child inherits some of the others anyway. `gate` becomes
 * a pipe to this process.
 */
export function stdioFor(
  inherited: readonly number[],
  targets: readonly [number, number],
  gate?: number,
): Stdio {
  const open = inherited.filter(isOpen)
  const stdio: (number | 'ignore' | 'pipe')[] = [0, ...targets]
  const last = open.filter(fd => mustBeListed(fd, open)).reduce((a, b) => Math.max(a, b), gate ?? 2)
  for (let fd = 3; fd <= last; fd++) stdio.push(fd === gate ? 'pipe' : open.includes(fd) ? fd : 'ignore')
  return stdio as readonly unknown[] as Stdio
}

/** Shells can redirect only these descriptors (POSIX, 2.7). Undefined if the job inherits all of them. */
export function freeForShell(inherited: readonly number[]): number | undefined {
  return [3, 4, 5, 6, 7, 8, 9].find(fd => !inherited.includes(fd))
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
