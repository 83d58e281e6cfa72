/** Changes of health for readers, from the database's rows. */

import type { Health, HealthChange, Run } from '../../monitors/monitors.ts'
import { parseDetails } from './change-details.ts'

export interface ChangeRow {
  readonly id: number
  readonly monitor_key: string
  readonly env: string
  readonly from_health: Health
  readonly to_health: Health
  readonly at: number
  readonly run: number | null
  readonly details: string | null
}

/** `cause`: the run that `row.run` names, if it is still there. */
export function changeFromRow(row: ChangeRow, cause: Run | undefined): HealthChange {
  return {
    id: row.id,
    monitorKey: row.monitor_key,
    env: row.env,
    from: row.from_health,
    to: row.to_health,
    at: row.at,
    ...(cause !== undefined && { run: cause }),
    ...parseDetails(row.details),
  }
}
