/** Writes the monitors that a batch of events has changed. */

import type { MonitorChange } from '../model/monitor-change.ts'
import { ruleText } from '../model/rule-text.ts'
import type { BatchMonitors } from './batch-monitors.ts'
import type { WriteTransaction } from './queries.ts'

const INSERT = `
  INSERT INTO monitor (id, key, env, rule, expect_since)
  SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[])`

const FILL = `
  UPDATE monitor SET env = v.env FROM unnest($1::bigint[], $2::text[]) AS v (id, env) WHERE monitor.id = v.id`

const HEALTH = {
  outcome: 'text',
  outcome_at: 'bigint',
  in_a_row: 'bigint',
  late: 'boolean',
  overrunning: 'boolean',
  since: 'bigint',
  last_success_at: 'bigint',
  last_failure_at: 'bigint',
  last_start_at: 'bigint',
  expect_since: 'bigint',
} as const

const COUNTERS = [
  'events_run',
  'events_complete',
  'events_fail',
  'events_ok',
  'runs_complete',
  'runs_failed',
] as const

const TYPES: readonly (readonly [column: string, type: string])[] = [
  ['id', 'bigint'],
  ['last_event_at', 'bigint'],
  ['derived', 'bigint'],
  ...COUNTERS.map(column => [column, 'bigint'] as const),
  ...Object.entries(HEALTH),
]

/** GREATEST() ignores NULLs. */
const UPDATE = `
  UPDATE monitor SET last_event_at = GREATEST(monitor.last_event_at, v.last_event_at),
    derived = GREATEST(monitor.derived, v.derived),
    ${COUNTERS.map(column => `${column} = monitor.${column} + v.${column}`).join(', ')},
    ${Object.keys(HEALTH)
      .map(column => `${column} = v.${column}`)
      .join(', ')}
  FROM unnest(${TYPES.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ')})
    AS v (${TYPES.map(([column]) => column).join(', ')})
  WHERE monitor.id = v.id`

/** With COMMIT. */
export function writeMonitors(
  { queryAtEnd }: Pick<WriteTransaction, 'queryAtEnd'>,
  { inserted, filled, changed }: Pick<BatchMonitors, 'inserted' | 'filled' | 'changed'>,
): void {
  if (filled.length > 0) {
    queryAtEnd(FILL, [filled.map(({ id }) => id), filled.map(({ env }) => env)], 'fill-monitors')
  }
  if (inserted.length > 0) {
    const values = [
      inserted.map(({ id }) => id),
      inserted.map(({ key }) => key),
      inserted.map(({ env }) => env),
      inserted.map(({ rule }) => (rule === null ? null : ruleText(rule))),
      inserted.map(({ expectSince }) => expectSince),
    ]
    queryAtEnd(INSERT, values, 'insert-batch-monitors')
  }
  const changes = changed()
  if (changes.length > 0) queryAtEnd(UPDATE, valuesOf(changes), 'update-monitors')
}

/** In the order of TYPES. */
function valuesOf(changes: readonly MonitorChange[]): unknown[] {
  const rows = changes.map(({ row }) => row)
  return [
    rows.map(({ id }) => id),
    changes.map(({ lastEventAt }) => lastEventAt),
    changes.map(({ lastEvent }) => lastEvent),
    changes.map(({ events }) => events.run),
    changes.map(({ events }) => events.complete),
    changes.map(({ events }) => events.fail),
    changes.map(({ events }) => events.ok),
    changes.map(({ runs }) => runs.complete),
    changes.map(({ runs }) => runs.failed),
    rows.map(({ outcome }) => outcome),
    rows.map(({ outcomeAt }) => outcomeAt),
    rows.map(({ inARow }) => inARow),
    rows.map(({ isLate }) => isLate),
    rows.map(({ isOverrunning }) => isOverrunning),
    rows.map(({ since }) => since),
    rows.map(({ lastSuccessAt }) => lastSuccessAt),
    rows.map(({ lastFailureAt }) => lastFailureAt),
    rows.map(({ lastStartAt }) => lastStartAt),
    rows.map(({ expectSince }) => expectSince),
  ]
}
