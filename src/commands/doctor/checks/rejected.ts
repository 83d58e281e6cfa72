/** Events that the API has refused. */

import { type CheckResult, fine, warning } from '../check-result.ts'

export function checkRejected(count: number): CheckResult {
  return count === 0
    ? fine('rejected', 'no event was refused', { events: 0 })
    : warning(
        'rejected',
        `the API has refused ${count} ${count === 1 ? 'event' : 'events'}`,
        'cronitor spool list --rejected shows why; cronitor spool retry sends them again',
        { events: count },
      )
}
