/** The file of `--log`: a line for each event, keys redacted. */

import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs'
import type { DeliveryReport } from '../telemetry/delivery.ts'
import { redact } from '../telemetry/redact.ts'
import { describeReport } from './reports.ts'

export interface EventLog {
  write(what: DeliveryReport): void
  /** Why it cannot be written, in one line. */
  readonly problem?: string
}

/**
 * Appends to `path`, made with mode 0600. It is opened without waiting, since a FIFO without a reader would stop the
 * wrapper. One write a line, so that lines of several wrappers do not mix (O_APPEND, write(2)).
 */
export function openEventLog(path: string | undefined, secrets: readonly string[]): EventLog {
  if (path === undefined) return { write() {} }
  try {
    const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK, O_NOCTTY } = constants
    const file = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY, 0o600)
    if (fstatSync(file).isDirectory()) {
      closeSync(file)
      throw new Error('is a directory')
    }
    return {
      write(what) {
        if (what.kind === 'trying') return
        const { series = '-' } = what.event
        try {
          writeSync(file, redact(`${new Date().toISOString()} ${series} ${describeReport(what)}\n`, secrets))
        } catch {
          // A full disk must not hold up delivery.
        }
      },
    }
  } catch (error) {
    return {
      write() {},
      problem: `the log cannot be written: ${error instanceof Error ? error.message : String(error)}`,
    }
  }
}
