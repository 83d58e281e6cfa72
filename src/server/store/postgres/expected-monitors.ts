/** Which rows the monitors need that expectations name. */

import { isPattern } from '../../monitors/applicable-rule.ts'
import type { RuleScope } from '../../monitors/rule.ts'

/** A row of a monitor. */
export interface KnownMonitor {
  readonly id: number
  readonly key: string
  readonly env: string
  /** Null before its first event: a row without an environment then gets the environment of the first one. */
  readonly last_event_at: number | null
}

export interface ExpectedMonitors {
  /** Rows without an environment, and the environment that each of them gets. */
  readonly filled: readonly { readonly id: number; readonly env: string }[]
  /** Rows that do not exist. */
  readonly missing: readonly { readonly key: string; readonly env: string }[]
}

/** `known`: the rows of all monitors that are named. */
export function expectedMonitors(
  scopes: readonly RuleScope[],
  known: readonly KnownMonitor[],
): ExpectedMonitors {
  const envs = new Map<string, Map<string, KnownMonitor | undefined>>()
  const of = (key: string) => {
    const rows = envs.get(key) ?? new Map<string, KnownMonitor | undefined>()
    envs.set(key, rows)
    return rows
  }
  for (const row of known) of(row.key).set(row.env, row)
  const filled: { readonly id: number; readonly env: string }[] = []
  const missing: { readonly key: string; readonly env: string }[] = []
  const add = (key: string, env: string) => {
    const rows = of(key)
    if (rows.has(env)) return
    const placeholder = rows.get('')
    rows.set(env, undefined)
    if (placeholder === undefined || placeholder.last_event_at !== null) {
      missing.push({ key, env })
      return
    }
    rows.delete('')
    filled.push({ id: placeholder.id, env })
  }
  const named = scopes.filter(scope => !isPattern(scope))
  for (const { monitorKey, env } of named) if (env !== undefined) add(monitorKey, env)
  for (const { monitorKey } of named) if (of(monitorKey).size === 0) add(monitorKey, '')
  return { filled, missing }
}
