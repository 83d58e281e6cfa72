/** The file of `--log`: a line for each event, keys redacted. */

import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs'
import type { DrainReport } from '../spool/drain.ts'
import { faultWords } from '../spool/fault.ts'
import type { DeliveryReport } from '../telemetry/delivery.ts'
import { printable } from '../telemetry/printable.ts'
import { redact } from '../telemetry/redact.ts'
import { describeLate, describeReport } from './reports.ts'

export interface EventLog {
  write(what: DeliveryReport): void
  /** The same for what is delivered from the spool. */
  writeLate(what: DrainReport): void
  /** Why it cannot be written, in one line. */
  readonly problem?: string
}

/**
 * Appends to `path`, made with mode 0600. It is opened without waiting, since a FIFO without a reader would stop the
 * wrapper. One write a line, so that lines of several wrappers do not mix (O_APPEND, write(2)).
 */
export function openEventLog(path: string | undefined, secrets: readonly string[]): EventLog {
  if (path === undefined) return { write() {}, writeLate() {} }
  try {
    const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK, O_NOCTTY } = constants
    const file = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY, 0o600)
    if (fstatSync(file).isDirectory()) {
      closeSync(file)
      throw Object.assign(new Error('a folder that could be opened'), { code: 'EISDIR' })
    }
    const line = (series: string | undefined, words: string) => {
      try {
        writeSync(
          file,
          `${new Date().toISOString()} ${printable(redact(`${series ?? '-'} ${words}`, secrets))}\n`,
        )
      } catch {
        // A full disk must not hold up delivery.
      }
    }
    return {
      write(what) {
        if (what.kind !== 'trying') line(what.event.series, describeReport(what))
      },
      writeLate(what) {
        line('spooled' in what ? what.spooled.event.series : undefined, describeLate(what))
      },
    }
  } catch (error) {
    return {
      write() {},
      writeLate() {},
      problem: `the log ${path} cannot be written: ${faultWords(error)}`,
    }
  }
}
