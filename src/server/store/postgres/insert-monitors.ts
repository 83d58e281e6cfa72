/** Adds monitors. */

import type { Rule } from '../../monitors/rule.ts'
import { ruleText } from '../model/rule-text.ts'
import type { WriteTransaction } from './queries.ts'

export interface NewMonitor {
  readonly key: string
  /** '' for none. */
  readonly env: string
  readonly rule: Rule | undefined
}

const INSERT = `
  INSERT INTO monitor (id, key, env, rule, expect_since)
  SELECT $1 + place, key, env, rule, CASE WHEN rule IS NOT NULL THEN $5::bigint END
  FROM unnest($2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS n (key, env, rule, place)`

/**
 * Takes their ids from `head`, one after the other. `now`: from when their rules count, in milliseconds since 1970.
 */
export async function insertMonitors(
  { query, head }: WriteTransaction,
  monitors: readonly NewMonitor[],
  now: number,
): Promise<void> {
  if (monitors.length === 0) return
  const values = [
    head.lastMonitor,
    monitors.map(({ key }) => key),
    monitors.map(({ env }) => env),
    monitors.map(({ rule }) => (rule === undefined ? null : ruleText(rule))),
    now,
  ]
  await query(INSERT, values, 'insert-monitors')
  head.lastMonitor += monitors.length
  head.monitors += monitors.length
}
