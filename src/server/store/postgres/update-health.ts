/** Writes the health of monitors, and their rules. */

import type { MonitorRow } from '../model/monitor-row.ts'
import { ruleText } from '../model/rule-text.ts'
import type { Queries } from './queries.ts'

const UPDATE = `
  UPDATE monitor SET outcome = v.outcome, outcome_at = v.outcome_at, in_a_row = v.in_a_row, late = v.late,
    overrunning = v.overrunning, since = v.since, last_success_at = v.last_success_at,
    last_failure_at = v.last_failure_at, last_start_at = v.last_start_at, expect_since = v.expect_since, rule = v.rule
  FROM unnest(
    $1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::boolean[], $6::boolean[], $7::bigint[], $8::bigint[],
    $9::bigint[], $10::bigint[], $11::bigint[], $12::text[]
  ) AS v (id, outcome, outcome_at, in_a_row, late, overrunning, since, last_success_at, last_failure_at, last_start_at,
    expect_since, rule)
  WHERE monitor.id = v.id`

/** Each monitor once. */
export async function updateHealth({ query }: Queries, monitors: readonly MonitorRow[]): Promise<void> {
  if (monitors.length === 0) return
  const values = [
    monitors.map(({ id }) => id),
    monitors.map(({ outcome }) => outcome),
    monitors.map(({ outcomeAt }) => outcomeAt),
    monitors.map(({ inARow }) => inARow),
    monitors.map(({ isLate }) => isLate),
    monitors.map(({ isOverrunning }) => isOverrunning),
    monitors.map(({ since }) => since),
    monitors.map(({ lastSuccessAt }) => lastSuccessAt),
    monitors.map(({ lastFailureAt }) => lastFailureAt),
    monitors.map(({ lastStartAt }) => lastStartAt),
    monitors.map(({ expectSince }) => expectSince),
    monitors.map(({ rule }) => (rule === null ? null : ruleText(rule))),
  ]
  await query(UPDATE, values, 'update-health')
}
