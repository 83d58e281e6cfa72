/** Collects the expectations from the command line and from --expect-file. */

import type { Expectation } from '../../server/monitors/monitors.ts'
import { readRegularFile } from '../../system/regular-file.ts'
import { parseExpectation } from './parse-expectation.ts'

export type Expectations =
  | { readonly ok: true; readonly expectations: readonly Expectation[] }
  /** One line that names the file and its line. */
  | { readonly ok: false; readonly problem: string }

const MAX_FILE_BYTES = 1024 * 1024

/** An expectation on the command line replaces the one in the file for the same monitor and environment. */
export function loadExpectations(given: readonly Expectation[], file: string | undefined): Expectations {
  if (file === undefined) return { ok: true, expectations: given }
  const read = readRegularFile(file, MAX_FILE_BYTES)
  if (!read.ok) return { ok: false, problem: `--expect-file ${file} ${read.problem}` }
  const parsed = parseExpectFile(read.text)
  if (!parsed.ok) return { ok: false, problem: `--expect-file ${file}, ${parsed.problem}` }
  const byScope = new Map([...parsed.expectations, ...given].map(each => [scopeOf(each), each]))
  return { ok: true, expectations: [...byScope.values()] }
}

/**
 * One expectation on each line. Empty lines are skipped. `#` starts a comment at the start of a line or after white
 * space; elsewhere it is part of a monitor key. The same monitor and environment twice is an error, because only one of
 * the two could apply.
 */
export function parseExpectFile(text: string): Expectations {
  const found = new Map<string, Expectation>()
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const content = line.replace(/(^|\s)#.*$/s, '').trim()
    if (content === '') continue
    const parsed = parseExpectation(content)
    if (!parsed.ok) return { ok: false, problem: `line ${index + 1}: ${parsed.problem}` }
    const { expectation } = parsed
    const scope = scopeOf(expectation)
    if (found.has(scope)) {
      const what = expectation.env === undefined ? 'monitor' : 'monitor and environment'
      return { ok: false, problem: `line ${index + 1}: an earlier line has the same ${what}` }
    }
    found.set(scope, expectation)
  }
  return { ok: true, expectations: [...found.values()] }
}

/** To what it applies: a monitor, or a monitor in one environment. */
function scopeOf({ monitorKey, env }: Expectation): string {
  return JSON.stringify([monitorKey, env])
}
