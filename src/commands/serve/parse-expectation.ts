/** Parses an expectation: the value of --expect, or a line of --expect-file. */

import type { Expectation } from '../../server/monitors/monitors.ts'
import type { Rule, RuleScope } from '../../server/monitors/rule.ts'
import { checkMonitorKey } from '../../telemetry/monitor-key.ts'
import { parseRuleText } from './parse-rule.ts'
import { isRuleWord, RULE_WORDS } from './take-rule-word.ts'

export type ParsedExpectation =
  | { readonly ok: true; readonly expectation: Expectation }
  /** One line without a full stop. */
  | { readonly ok: false; readonly problem: string }

const PROBLEM = `expected a monitor and a rule, such as 'nightly-backup=every 25h' or 'nightly-backup@production=cron "0 2 * * *"'`

/** A later `=` with a rule behind it: the text before it was meant as the monitor key. */
const LATER_RULE = new RegExp(`[ \t].*=(?:${RULE_WORDS.join('|')})[ \t]`, 's')

/**
 * `MONITOR[@ENVIRONMENT]=RULE`; parse-rule.ts reads the rule. A monitor key may contain `=` and `@`, but no white space. So
 * it ends at the last `=` before the first white space.
 */
export function parseExpectation(text: string): ParsedExpectation {
  const content = text.trim()
  const [head = ''] = /^[^ \t]*/.exec(content) ?? []
  const end = head.lastIndexOf('=')
  const name = head.slice(0, Math.max(end, 0))
  const firstWord = head.slice(end + 1)
  if (end === -1 || (firstWord !== '' && !isRuleWord(firstWord))) {
    if (LATER_RULE.test(content)) return wrong('the monitor key contains white space')
    if (end === -1) return wrong(PROBLEM)
  }
  const parsed = parseRuleText(content.slice(end + 1))
  if (!parsed.ok) return parsed
  const scope = scopeOf(name, parsed.rule, parsed.env)
  const wrongKey = checkMonitorKey(scope.monitorKey)
  if (wrongKey !== undefined) return wrong(`the monitor key ${wrongKey}`)
  return { ok: true, expectation: { ...scope, rule: parsed.rule } }
}

/**
 * The last `@` begins the environment; a key that contains `@` has one more at its end. But all of the name is the key if
 * ` in ENVIRONMENT` ends the rule, and if the rule is plain: versions that knew no other rule have read it so.
 */
function scopeOf(name: string, rule: Rule, env: string | undefined): RuleScope {
  const at = name.lastIndexOf('@')
  if (env !== undefined) return { monitorKey: name, env }
  if (at === -1 || isPlainRule(rule)) return { monitorKey: name }
  const named = name.slice(at + 1)
  return { monitorKey: name.slice(0, at), ...(named !== '' && { env: named }) }
}

/** True for `every DURATION` and nothing else. */
export function isPlainRule(rule: Rule): boolean {
  return rule.schedule?.kind === 'every' && Object.keys(rule).length === 1
}

function wrong(problem: string): ParsedExpectation {
  return { ok: false, problem }
}
