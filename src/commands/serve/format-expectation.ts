/** Writes an expectation as `parseExpectation` reads it. */

import type { Expectation } from '../../server/monitors/monitors.ts'
import { writtenRule } from '../../server/monitors/written-rule.ts'
import { isPlainRule } from './parse-expectation.ts'

/**
 * One line of `--expect-file`, without a line ending. The file cannot express an environment that begins or ends with white
 * space, or contains a line break or white space followed by `#`; nor a key that begins with `#`.
 */
export function formatExpectation({ monitorKey, env, rule }: Expectation): string {
  const words = writtenRule(rule)
  const isPlain = isPlainRule(rule)
  const hasAt = monitorKey.includes('@')
  if (env === undefined) return `${monitorKey}${hasAt && !isPlain ? '@' : ''}=${words}`
  const canFollowKey = !isPlain && !hasAt && !/[@\s]/.test(env)
  return canFollowKey ? `${monitorKey}@${env}=${words}` : `${monitorKey}=${words} in ${env}`
}
