/** The name of the host, as gethostname(2) gives it. */

import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

/** From the kernel where it has a file of it (Linux, proc_sys_kernel(5)): to load node:os takes ten times as long. */
export function systemHostname(readKernel = () => readFileSync('/proc/sys/kernel/hostname', 'utf8')): string {
  try {
    const name = readKernel().replace(/\n$/, '')
    if (name !== '') return name
  } catch {
    // Another system.
  }
  return hostname()
}
