/**
 * Finds the rule that applies to a monitor in an environment: the most exact one.
 *
 * - A rule that names the monitor before one with a pattern, and a longer pattern before a shorter one.
 * - Of those with the same name or pattern, one for the environment before one without an environment.
 * - Of those for the same monitors and the same environment, the last one.
 */

import type { Expectation } from './monitors.ts'
import type { Rule, RuleScope } from './rule.ts'

export type FindRule = (key: string, env: string) => Rule | undefined

/** True if it does not name a single monitor. */
export function isPattern({ monitorKey }: RuleScope): boolean {
  return monitorKey.includes('*')
}

export function createRuleFinder(expectations: readonly Expectation[]): FindRule {
  const exact = new Map<string, Rule>()
  for (const each of expectations) {
    if (!isPattern(each)) exact.set(scopeName(each.monitorKey, each.env), each.rule)
  }
  const patterns = expectations.filter(isPattern).reverse().toSorted(byExactness)
  return (key, env) =>
    exact.get(scopeName(key, env)) ??
    exact.get(scopeName(key)) ??
    patterns.find(each => (each.env ?? env) === env && matches(each.monitorKey, key))?.rule
}

function byExactness(a: Expectation, b: Expectation): number {
  return (
    b.monitorKey.length - a.monitorKey.length || Number(a.env === undefined) - Number(b.env === undefined)
  )
}

/** A key contains no control characters. */
function scopeName(monitorKey: string, env?: string): string {
  return env === undefined ? monitorKey : `${monitorKey}\0${env}`
}

/**
 * `*` stands for any number of characters. Part after part is searched, because a regular expression with several `.*`
 * can take very long for a key that somebody has chosen for that.
 */
function matches(pattern: string, key: string): boolean {
  const [first = '', ...others] = pattern.split('*')
  const last = others.pop() ?? ''
  if (!key.startsWith(first) || !key.endsWith(last) || key.length < first.length + last.length) return false
  const end = key.length - last.length
  let from = first.length
  for (const part of others) {
    const found = key.indexOf(part, from)
    if (found === -1 || found + part.length > end) return false
    from = found + part.length
  }
  return true
}
