/** A change of health in words, such as `nightly-backup is failing in production: no space left`. */

import { durationInOneUnit } from '../../system/duration.ts'
import { printable } from '../../system/printable.ts'
import { lastLine } from '../../telemetry/last-line.ts'
import type { Notification } from './notification.ts'
import { startOf } from './truncate.ts'

/** In UTF-8. An environment may be as long as a request, but a subject must stay readable. */
const MAX_ENV_BYTES = 100

const MAX_REASON_CODE_POINTS = 200

/** One line, without the reason. */
export function changeSentence(
  facts: Pick<Notification, 'monitor' | 'env' | 'from' | 'to' | 'at' | 'since'>,
): string {
  const { monitor, env } = facts
  const where = env === null ? '' : ` in ${printable(startOf(env, MAX_ENV_BYTES))}`
  return `${printable(monitor)} ${isNow(facts)}${where}${howLong(facts)}`
}

/** One line, with the reason. */
export function changeSentenceWithReason(facts: Notification): string {
  const { to, reason } = facts
  const known = reason === null ? '' : `: ${reason}`
  return `${changeSentence(facts)}${known}${to === 'failing' ? cause(facts) : ''}`
}

/** Why the run has failed. */
function cause({ message, status_code: status }: Pick<Notification, 'message' | 'status_code'>): string {
  const end = lastLine(message ?? '', MAX_REASON_CODE_POINTS)
  if (end !== '') return `: ${end}`
  return status === null || status === 0 ? '' : `, exit status ${status}`
}

function isNow({ from, to }: Pick<Notification, 'from' | 'to'>): string {
  if (from === to) return `is still ${to}`
  return to === 'healthy' && from !== 'unknown' ? 'is healthy again' : `is ${to}`
}

/** Only for a repetition. */
function howLong({ from, to, at, since }: Pick<Notification, 'from' | 'to' | 'at' | 'since'>): string {
  return from === to ? ` after ${durationInOneUnit(Date.parse(at) - Date.parse(since))}` : ''
}
