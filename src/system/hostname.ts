/** The host's name, as gethostname(2) returns it. */

import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

/** Reads the kernel's file if there is one (Linux, proc_sys_kernel(5)): loading node:os takes ten times as long. */
export function systemHostname(readKernel = () => readFileSync('/proc/sys/kernel/hostname', 'utf8')): string {
  try {
    const name = readKernel().replace(/\n$/, '')
    if (name !== '') return name
  } catch {
    // The system is not Linux.
  }
  return hostname()
}
