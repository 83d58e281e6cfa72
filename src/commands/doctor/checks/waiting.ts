/** Which events wait in the spool, since when, and for which key. */

import { roughDuration } from '../../../system/duration.ts'
import { type CheckResult, fine, warning } from '../check-result.ts'
import type { WaitingEvents } from '../probes/count-events.ts'

/** @param now milliseconds since 1970 */
export function checkWaiting(waiting: WaitingEvents, now: number): CheckResult {
  const { own, oldest, otherKeys, elsewhere, isComplete } = waiting
  const others = [...otherKeys.values()].reduce((sum, count) => sum + count, 0)
  const facts = {
    events: own,
    oldest: oldest === undefined ? undefined : new Date(oldest).toISOString(),
    other_keys: Object.fromEntries(otherKeys),
    waiting_for_address: elsewhere,
    is_complete: isComplete,
  }
  const least = isComplete ? '' : 'at least '
  if (own + others + elsewhere === 0) {
    return isComplete
      ? fine('waiting', 'no event waits', facts)
      : warning('waiting', 'the spool cannot be read in time', 'cronitor spool list', facts)
  }
  const since = oldest === undefined ? '' : `, the oldest since ${roughDuration(now - oldest)}`
  const parts = [
    own > 0 && `${least}${own} ${own === 1 ? 'event waits' : 'events wait'}${since}`,
    others > 0 &&
      `${others} ${others === 1 ? 'waits' : 'wait'} for another key (${[...otherKeys.keys()].join(', ')})`,
    elsewhere > 0 && `${elsewhere} ${elsewhere === 1 ? 'waits' : 'wait'} for a configured address`,
  ]
  const advice =
    own > 0
      ? 'cronitor spool flush sends them now'
      : others > 0
        ? 'cronitor spool retry --rekey sends them with the key that is set now'
        : 'set CRONITOR_TELEMETRY_URL to send them'
  return warning('waiting', parts.filter(Boolean).join('; '), advice, facts)
}
