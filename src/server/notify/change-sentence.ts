/** A change of health in words, such as `nightly-backup is failing in production: no space left`. */

import { printable } from '../../system/printable.ts'
import { lastLine } from '../../telemetry/last-line.ts'
import type { Health } from '../monitors/monitors.ts'
import type { Notification } from './notification.ts'
import { startOf } from './truncate.ts'

/** In UTF-8. An environment may be as long as a request, but a subject must stay readable. */
const MAX_ENV_BYTES = 100

const MAX_REASON_CODE_POINTS = 200

/** One line, without the reason. */
export function changeSentence({
  monitor,
  env,
  from,
  to,
}: Pick<Notification, 'monitor' | 'env' | 'from' | 'to'>): string {
  const where = env === null ? '' : ` in ${printable(startOf(env, MAX_ENV_BYTES))}`
  return `${printable(monitor)} ${isNow(to, from)}${where}`
}

/** One line, with the reason of a failure. */
export function changeSentenceWithReason(facts: Notification): string {
  return `${changeSentence(facts)}${facts.to === 'failing' ? reason(facts) : ''}`
}

function reason({ message, status_code: status }: Pick<Notification, 'message' | 'status_code'>): string {
  const end = lastLine(message ?? '', MAX_REASON_CODE_POINTS)
  if (end !== '') return `: ${end}`
  return status === null || status === 0 ? '' : `, exit status ${status}`
}

function isNow(to: Health, from: Health): string {
  return to === 'healthy' && from !== 'unknown' ? 'is healthy again' : `is ${to}`
}
