/** How many files and connections this process may have open. */

import { readFileSync } from 'node:fs'

/** Undefined if the system does not say (macOS has no `/proc`), or if there is no limit. */
export function openFilesLimit(): number | undefined {
  try {
    // proc(5): the name of the limit, the soft limit, the hard limit, the unit.
    const found = /^Max open files +(\d+) /m.exec(readFileSync('/proc/self/limits', 'utf8'))
    return found === null ? undefined : Number(found[1])
  } catch {
    return undefined
  }
}
