/** The monotonic clock. For Node.js: clock.ts. */

import { readFileSync } from 'node:fs'
import { uptime } from 'node:os'

/** In Bun, `process.hrtime` counts from the start of the process. */
let startMs: number | undefined

/** Milliseconds since the boot, by a clock that all processes of the host share, to within 10 ms. */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime()
  const sinceStart = seconds * 1000 + nanoseconds / 1e6
  startMs ??= uptimeMs() - sinceStart
  return startMs + sinceStart
}

function uptimeMs(): number {
  try {
    return Number.parseFloat(readFileSync('/proc/uptime', 'latin1')) * 1000
  } catch {
    // The system is not Linux.
    return uptime() * 1000
  }
}
