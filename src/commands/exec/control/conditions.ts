/** Looks in a job's output for what --fail-if and --require ask for. */

import type { Patterns } from './patterns.ts'

export interface Conditions {
  onLines(lines: readonly string[]): void
  /** Why the job counts as failed, once its output is complete; undefined if all conditions hold. */
  failure(): string | undefined
}

/** @param showsLine false if lines of the output must not be reported */
export function createConditions(
  { failIf, require, cannotMatch }: Pick<Patterns, 'failIf' | 'require' | 'cannotMatch'>,
  showsLine: boolean,
): Conditions {
  let match: string | undefined
  let missing = require
  return {
    onLines(lines) {
      for (const line of lines) {
        if (match === undefined && failIf.some(regex => regex.test(line))) match = line
        if (missing.length > 0) missing = missing.filter(regex => !regex.test(line))
        if (match !== undefined && missing.length === 0) return
      }
    },
    failure() {
      if (match !== undefined) return showsLine ? `matched --fail-if: ${match}` : 'matched --fail-if'
      if (cannotMatch) return '--require cannot be checked'
      const [first] = missing
      return first && `no line matched --require ${first.source}`
    },
  }
}
