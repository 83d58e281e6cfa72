/** Collects the expectations from the command line and from --expect-file. */

import type { Expectation } from '../../server/monitors/monitors.ts'
import { readRegularFile } from '../../system/regular-file.ts'
import { parseExpectation } from './parse-expectation.ts'

export type Expectations =
  | { readonly ok: true; readonly expectations: readonly Expectation[] }
  /** One line that names the file and its line. */
  | { readonly ok: false; readonly problem: string }

const MAX_FILE_BYTES = 1024 * 1024

/** Expectations on the command line take precedence over those in the file. */
export function loadExpectations(given: readonly Expectation[], file: string | undefined): Expectations {
  if (file === undefined) return { ok: true, expectations: given }
  const read = readRegularFile(file, MAX_FILE_BYTES)
  if (!read.ok) return { ok: false, problem: `--expect-file ${file} ${read.problem}` }
  const parsed = parseExpectFile(read.text)
  if (!parsed.ok) return { ok: false, problem: `--expect-file ${file}, ${parsed.problem}` }
  const byKey = new Map([...parsed.expectations, ...given].map(each => [each.monitorKey, each]))
  return { ok: true, expectations: [...byKey.values()] }
}

/**
 * One expectation on each line. Empty lines are skipped. `#` starts a comment at the start of a line or after white
 * space; elsewhere it is part of a monitor key. The same monitor twice is an error, because only one of the two could
 * apply.
 */
export function parseExpectFile(text: string): Expectations {
  const found = new Map<string, Expectation>()
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const content = line.replace(/(^|\s)#.*$/s, '').trim()
    if (content === '') continue
    const parsed = parseExpectation(content)
    if (!parsed.ok) return { ok: false, problem: `line ${index + 1}: ${parsed.problem}` }
    const { expectation } = parsed
    if (found.has(expectation.monitorKey)) {
      return { ok: false, problem: `line ${index + 1}: an earlier line has the same monitor` }
    }
    found.set(expectation.monitorKey, expectation)
  }
  return { ok: true, expectations: [...found.values()] }
}
