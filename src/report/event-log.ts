/** The event log of `--log`: one line for each step of a delivery, with keys redacted. */

import { closeSync, constants, fchmodSync, fstatSync, openSync, writeSync } from 'node:fs'
import type { DeliveryReport } from '../client/event-result.ts'
import type { Settings } from '../settings/settings.ts'
import type { DrainReport } from '../spool/drain/drain-report.ts'
import { describeDrainReport } from '../spool/drain/drain-report.ts'
import { describeSystemError } from '../system/describe-system-error.ts'
import { printable } from '../system/printable.ts'
import { redact } from '../telemetry/redact.ts'
import { describeDelivery } from './describe-delivery.ts'

export interface EventLog {
  write(what: DeliveryReport): void
  /** The same for events from the spool. */
  writeLate(what: DrainReport): void
  /** A line about a run. */
  remark(series: string, text: string): void
}

const NO_LOG: EventLog = { write() {}, writeLate() {}, remark() {} }

/**
 * Appends to the file of `--log`, a new one with mode 0600. O_NONBLOCK: opening a FIFO without a reader would block the wrapper. Each line
 * is one write, so that the lines of several wrappers do not mix (O_APPEND, write(2)).
 *
 * @param warn called at most once, with one line: why the log cannot be written
 */
export function openEventLog(
  { log: path, secrets, findHidden }: Pick<Settings, 'log' | 'secrets' | 'findHidden'>,
  warn: (text: string) => void = () => {},
): EventLog {
  if (path === undefined) return NO_LOG
  let hasFailed = false
  const fail = (error: unknown): void => {
    if (!hasFailed) warn(`the log ${path} cannot be written: ${describeSystemError(error)}`)
    hasFailed = true
  }
  try {
    const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK, O_NOCTTY } = constants
    const file = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY, 0o600)
    const found = fstatSync(file)
    if (found.isDirectory()) {
      closeSync(file)
      throw Object.assign(new Error('a folder'), { code: 'EISDIR' })
    }
    // A new file that the umask has made unusable.
    const isModeReduced = (found.mode & 0o600) !== 0o600
    if (isModeReduced && found.isFile() && found.size === 0 && found.uid === process.geteuid?.())
      fchmodSync(file, 0o600)
    const line = (series: string | undefined, words: string) => {
      const text = printable(redact(`${series ?? '-'} ${words}`, secrets, findHidden))
      const bytes = Buffer.from(`${new Date().toISOString()} ${text}\n`)
      try {
        // On a full disk, only a part is written. Writing the rest then throws the error with the reason.
        for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
      } catch (error) {
        fail(error)
      }
    }
    return {
      write(what) {
        if (what.kind !== 'trying') line(what.event.series, describeDelivery(what))
      },
      writeLate(what) {
        line('spooled' in what ? what.spooled.event.series : undefined, describeDrainReport(what))
      },
      remark: line,
    }
  } catch (error) {
    fail(error)
    return NO_LOG
  }
}
