/** A new series ID for a run. */

import { readFileSync } from 'node:fs'

/**
 * A random UUID (RFC 9562, version 4). Linux gives one (random(4)): loading node:crypto takes a sixth of the time that Node.js
 * needs to start, and delays the job.
 */
export function freshSeries(
  readKernel = () => readFileSync('/proc/sys/kernel/random/uuid', 'latin1'),
): string {
  try {
    const uuid = readKernel().trim()
    if (/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(uuid)) return uuid
  } catch {
    // Not Linux, or /proc is not mounted.
  }
  return process.getBuiltinModule('node:crypto').randomUUID()
}
