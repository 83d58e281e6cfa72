/** Whether the clock of this host is that of the API's host, by the Date header of its answer (RFC 9110, 6.6.1). */

import { durationInOneUnit } from '../../../system/duration.ts'
import { type CheckResult, fine, warning } from '../check-result.ts'

export interface ClockFacts {
  /** The Date header. */
  readonly date: string | undefined
  /** The Age header: seconds since a cache got the answer (RFC 9111, 5.1). */
  readonly age: string | undefined
  /** By this host's clock, in milliseconds since 1970. */
  readonly askedAt: number
  readonly answeredAt: number
}

const SKEW_MS = 5000

export function checkClock({ date = '', age = '', askedAt, answeredAt }: ClockFacts): CheckResult {
  const parsed = Date.parse(date)
  if (Number.isNaN(parsed)) return fine('clock', 'not known: the answer has no date')
  const told = parsed + (/^\d+$/.test(age) ? Number(age) * 1000 : 0)
  // The header has whole seconds: the other clock was between `told` and a second later, at some time between the two.
  const least = askedAt - (told + 1000)
  const most = answeredAt - told
  const skew = Math.max(least, 0) + Math.min(most, 0)
  const facts = { skew_seconds: Math.round(skew / 1000) }
  if (Math.abs(skew) <= SKEW_MS) return fine('clock', 'as that of the server', facts)
  const amount = durationInOneUnit(Math.abs(skew))
  return warning(
    'clock',
    `this host's clock is ${amount} ${skew > 0 ? 'ahead of' : 'behind'} that of the server`,
    'set it, for example by NTP: times of late events would be wrong',
    facts,
  )
}
