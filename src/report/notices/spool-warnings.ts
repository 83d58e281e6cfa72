/** The warnings about the spool. */

import { displayPath, type Spool } from '../../spool/spool.ts'
import { describeSystemError } from '../../system/describe-system-error.ts'
import { formatDuration } from '../../system/duration.ts'
import type { Notices } from './notices.ts'

/** One fault of the spool causes several of these warnings; only the first is printed. */
const SPOOL_FAULT = 'spool'

export function warnCannotKeep(notices: Notices, problem: string): void {
  notices.warn(`events cannot be kept on disk: ${problem}`, SPOOL_FAULT)
}

export function warnUnusable(notices: Notices, spool: Spool, error: unknown): void {
  notices.warn(`the spool cannot be used: ${describeSystemError(error)} (${displayPath(spool)})`, SPOOL_FAULT)
}

export function warnUnwritable(notices: Notices, spool: Spool, error: unknown): void {
  notices.warn(unwritable(spool, error), SPOOL_FAULT)
}

export function unwritable(spool: Spool, error: unknown): string {
  return `the spool cannot be written: ${describeSystemError(error)} (${displayPath(spool)})`
}

export function noAnswer(folder: string): string {
  return `the file system of ${folder} does not answer`
}

export function warnDamaged(notices: Notices, spool: Spool, count: number): void {
  const files = count === 1 ? 'damaged file' : 'damaged files'
  notices.warn(`${count} ${files} in the spool, moved to ${displayPath(spool)}/damaged`)
}

export function warnDropped(
  notices: Notices,
  { tooOld, tooMany }: { readonly tooOld: number; readonly tooMany: number },
  maxAgeMs: number,
): void {
  const count = tooOld + tooMany
  const reasons = [
    tooOld > 0 && `${tooOld} older than ${formatDuration(maxAgeMs)} (--spool-max-age)`,
    tooMany > 0 && `${tooMany} over its size (--spool-max-size)`,
  ].filter(Boolean)
  const events = count === 1 ? 'event was' : 'events were'
  notices.warn(`${count} ${events} dropped from the spool: ${reasons.join(', ')}`)
}

export function warnNotForDefaultAddress(notices: Notices, spool: Spool, defaultAddress: string): void {
  notices.warn(
    `events that were kept for a configured address wait in ${displayPath(spool)} and are not sent to ${defaultAddress}: set CRONITOR_TELEMETRY_URL, or drop them (cronitor spool list)`,
  )
}
