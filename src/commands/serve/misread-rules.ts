/** Finds rules that are valid, but probably mean something else than they say. */

import type { Expectation } from '../../server/monitors/monitors.ts'
import type { Store } from '../../server/store/store.ts'
import { formatExpectation } from './format-expectation.ts'
import { isPlainRule } from './parse-expectation.ts'
import { RULE_WORDS } from './take-rule-word.ts'

const WORD_IN_ENVIRONMENT = new RegExp(`(?:^|\\s)(?:${RULE_WORDS.join('|')})\\s`)

/** One line for each of them. Rejects with an error of the store. */
export async function misreadRules(
  expectations: readonly Expectation[],
  store: Pick<Store, 'monitors'>,
): Promise<string[]> {
  const withAt = expectations.filter(isKeyWithAt)
  const keys = withAt.map(({ monitorKey }) => monitorKey)
  const found = keys.length === 0 ? [] : await store.monitors({ keys, recent: 0 })
  const known = new Set(found.filter(({ lastEventAt }) => lastEventAt !== undefined).map(({ key }) => key))
  return [
    ...withAt.filter(({ monitorKey }) => !known.has(monitorKey)).map(problemOfKey),
    ...expectations
      .filter(({ env }) => env !== undefined && WORD_IN_ENVIRONMENT.test(env))
      .map(each => `'${formatExpectation(each)}' is for the environment '${each.env}': 'in' must come last`),
  ]
}

/** Earlier versions knew no `@ENVIRONMENT`, so that it belongs to the key. */
function isKeyWithAt({ monitorKey, env, rule }: Expectation): boolean {
  return env === undefined && isPlainRule(rule) && /.@./.test(monitorKey)
}

function problemOfKey(each: Expectation): string {
  const at = each.monitorKey.lastIndexOf('@')
  const [key, env] = [each.monitorKey.slice(0, at), each.monitorKey.slice(at + 1)]
  const other = formatExpectation({ ...each, monitorKey: key, env })
  return `'${formatExpectation(each)}' is for a monitor with that name, which is not known yet; for an environment write '${other}'`
}
