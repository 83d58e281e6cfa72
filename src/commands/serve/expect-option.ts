/** The values of --expect. They are parsed here, not by the table of options: other commands do not load the parser. */

import type { Expectation } from '../../server/monitors/monitors.ts'
import { usageError } from '../command-line.ts'
import { parseExpectation } from './parse-expectation.ts'

/** Throws a usage error that shows the wrong value. */
export function parseExpectOption(texts: readonly string[]): readonly Expectation[] {
  return texts.map(text => {
    const parsed = parseExpectation(text)
    if (!parsed.ok) throw usageError(`--expect ${JSON.stringify(text)}: ${parsed.problem}`)
    return parsed.expectation
  })
}
