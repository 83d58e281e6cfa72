/** The rules of all expectations, in the order in which they were given. Read once, and then kept in memory. */

import { createRuleFinder, type FindRule } from '../../monitors/applicable-rule.ts'
import type { Expectation } from '../../monitors/monitors.ts'
import { parseRule, ruleText } from '../model/rule-text.ts'
import type { Sqlite } from './sqlite.ts'

export interface RuleTable {
  readonly find: FindRule
  readonly replace: (expectations: readonly Expectation[]) => void
  /** Forgets what was read: call it after a rollback. */
  readonly reset: () => void
}

interface Row {
  readonly monitor_key: string
  readonly env: string | null
  readonly rule: string
}

export function createRuleTable(db: Sqlite): RuleTable {
  const select = db.prepare<Row>('SELECT monitor_key, env, rule FROM expectation ORDER BY rowid')
  const remove = db.prepare('DELETE FROM expectation')
  const insert = db.prepare('INSERT INTO expectation (monitor_key, env, rule) VALUES (?, ?, ?)')
  let finder: FindRule | undefined
  const load = () =>
    createRuleFinder(
      select.all().map(({ monitor_key, env, rule }) => ({
        monitorKey: monitor_key,
        ...(env !== null && { env }),
        rule: parseRule(rule),
      })),
    )
  return {
    find: (key, env) => {
      finder ??= load()
      return finder(key, env)
    },
    replace: expectations => {
      finder = undefined
      remove.run()
      for (const { monitorKey, env, rule } of expectations) {
        insert.run(monitorKey, env ?? null, ruleText(rule))
      }
    },
    reset: () => {
      finder = undefined
    },
  }
}
