/** Sets the rules of monitors. */

import { createRuleFinder, type FindRule, isPattern } from '../../monitors/applicable-rule.ts'
import { afterExpecting, isSameRule } from '../../monitors/health.ts'
import type { Expectation } from '../../monitors/monitors.ts'
import type { ExaminedSome } from '../model/in-steps.ts'
import { monitorFromRow, SELECT_MONITOR, type SelectedMonitor, withHealth } from '../model/monitor-row.ts'
import { parseRule, ruleText } from '../model/rule-text.ts'
import type { Database } from './database.ts'
import { expectedMonitors, type KnownMonitor } from './expected-monitors.ts'
import { changesOf, insertChanges } from './insert-changes.ts'
import { insertMonitors } from './insert-monitors.ts'
import type { Queries, WriteTransaction } from './queries.ts'
import { updateHealth } from './update-health.ts'

/** Of all expectations, for monitors that appear. */
export async function readRules({ query }: Queries): Promise<FindRule> {
  const rows = await query<{
    readonly monitor_key: string
    readonly env: string | null
    readonly rule: string
  }>('SELECT monitor_key, env, rule FROM expectation ORDER BY id', [], 'expectations')
  return createRuleFinder(
    rows.map(({ monitor_key, env, rule }) => ({
      monitorKey: monitor_key,
      ...(env !== null && { env }),
      rule: parseRule(rule),
    })),
  )
}

/**
 * Replaces all expectations, and resolves with those that apply. For a monitor that had none, the time runs from `now`, in
 * milliseconds since 1970. Of two for the same monitors and environment, the last one applies. Then call setRulesStep().
 */
export async function setExpectations(
  { write }: Pick<Database, 'write'>,
  expectations: readonly Expectation[],
  now: number,
): Promise<readonly Expectation[]> {
  const wanted = [
    ...new Map(expectations.map(each => [JSON.stringify([each.monitorKey, each.env]), each])).values(),
  ]
  await write(async transaction => {
    await replaceExpectations(transaction, wanted)
    await addNamed(transaction, wanted, createRuleFinder(wanted), now)
  })
  return wanted
}

const INSERT = `
  INSERT INTO expectation (id, monitor_key, env, rule)
  SELECT place, monitor_key, env, rule
  FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS e (monitor_key, env, rule, place)`

async function replaceExpectations({ query }: Queries, wanted: readonly Expectation[]): Promise<void> {
  await query('DELETE FROM expectation')
  if (wanted.length === 0) return
  await query(INSERT, [
    wanted.map(({ monitorKey }) => monitorKey),
    wanted.map(({ env }) => env ?? null),
    wanted.map(({ rule }) => ruleText(rule)),
  ])
}

/** Gives the monitors that are named a row before their first event. */
async function addNamed(
  transaction: WriteTransaction,
  wanted: readonly Expectation[],
  findRule: FindRule,
  now: number,
): Promise<void> {
  const { query } = transaction
  const keys = wanted.map(({ monitorKey }) => monitorKey)
  const known = await query<KnownMonitor>(
    'SELECT id, key, env, last_event_at FROM monitor WHERE key = ANY ($1::text[])',
    [keys],
  )
  const { filled, missing } = expectedMonitors(wanted, known)
  if (filled.length > 0) {
    await query(
      'UPDATE monitor SET env = v.env FROM unnest($1::bigint[], $2::text[]) AS v (id, env) WHERE monitor.id = v.id',
      [filled.map(({ id }) => id), filled.map(({ env }) => env)],
    )
  }
  const added = missing.map(({ key, env }) => ({ key, env, rule: findRule(key, env) }))
  await insertMonitors(transaction, added, now)
}

/** Events are recorded between two steps. */
const MONITORS_A_STEP = 5000

const MAY_CHANGE = `${SELECT_MONITOR}
  WHERE id > $1 AND (rule IS NOT NULL OR key = ANY ($2::text[]) OR key LIKE ANY ($3::text[]))
  ORDER BY id LIMIT ${MONITORS_A_STEP}`

/**
 * Gives some monitors the rule that the expectations have for them: of those with larger ids than `afterId` that have a rule, are
 * named, or match a pattern. If another server has replaced the expectations meanwhile, its ones apply.
 */
export async function setRulesStep(
  { write }: Pick<Database, 'write'>,
  wanted: readonly Expectation[],
  now: number,
  afterId = 0,
): Promise<ExaminedSome> {
  const keysOf = (scopes: readonly Expectation[]) => scopes.map(({ monitorKey }) => monitorKey)
  const names = keysOf(wanted.filter(scope => !isPattern(scope)))
  const patterns = keysOf(wanted.filter(isPattern)).map(asLike)
  return write(async transaction => {
    const findRule = await readRules(transaction)
    const rows = await transaction.query<SelectedMonitor>(MAY_CHANGE, [afterId, names, patterns])
    const changed = rows.flatMap(row => {
      const monitor = monitorFromRow(row)
      const rule = findRule(monitor.key, monitor.env) ?? null
      if (isSameRule(rule, monitor.rule)) return []
      const step = afterExpecting(monitor, rule, now)
      return [{ after: withHealth(monitor, step.state), step }]
    })
    await updateHealth(
      transaction,
      changed.map(({ after }) => after),
    )
    const changes = changed.flatMap(({ after, step }) => changesOf(after, step, null))
    await insertChanges(transaction, changes)
    return {
      healthChanged: changes.length > 0,
      nextAt: undefined,
      next: rows.length < MONITORS_A_STEP ? undefined : rows.at(-1)?.id,
    }
  })
}

/** The pattern of LIKE that matches the same keys. */
function asLike(pattern: string): string {
  return pattern.replace(/[\\%_]/g, '\\$&').replaceAll('*', '%')
}

/** Lets all rules count from `now` on, in milliseconds since 1970. */
export async function countRulesFrom({ write }: Pick<Database, 'write'>, now: number): Promise<void> {
  await write(async ({ query }) => {
    await query('UPDATE monitor SET expect_since = $1 WHERE rule IS NOT NULL', [now])
  })
}
