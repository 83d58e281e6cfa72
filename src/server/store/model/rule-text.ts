/** Rules as they are stored: JSON. */

import type { Rule } from '../../monitors/rule.ts'

export function ruleText(rule: Rule): string {
  return JSON.stringify(rule)
}

/** Many monitors have the same rule. */
const parsed = new Map<string, Rule>()

const MAX_PARSED = 10_000

/** `text` comes from ruleText(), or from a migration. */
export function parseRule(text: string): Rule {
  const known = parsed.get(text)
  if (known !== undefined) return known
  const rule = JSON.parse(text) as Rule
  if (parsed.size >= MAX_PARSED) parsed.clear()
  parsed.set(text, rule)
  return rule
}
