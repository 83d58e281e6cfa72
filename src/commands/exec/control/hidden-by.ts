/** Finds what --redact names. */

import type { LinearRegex } from '../../../system/linear-regex.ts'
import type { FindHidden, Range } from '../../../telemetry/redact.ts'

/** In a line. If there are more, everything after them is redacted. */
const MAX_MATCHES = 100

/** Undefined without expressions. */
export function hiddenBy(expressions: readonly LinearRegex[]): FindHidden | undefined {
  if (expressions.length === 0) return undefined
  return line =>
    expressions.flatMap((regex): readonly Range[] => {
      const { found, stoppedAt } = regex.matches(line, MAX_MATCHES)
      return stoppedAt === undefined ? found : [...found, { from: stoppedAt, to: line.length }]
    })
}
