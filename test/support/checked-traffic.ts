/** Keeps account of the requests and responses that were held against the API's description, over all test files of a run. */

import { appendFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What was checked, and by whom: `api` is the test's fake API, `proxy` is the proxy in front of `cronitor serve`. */
export interface Checked {
  readonly what: 'request' | 'response'
  readonly by: 'api' | 'proxy'
  /** The test file. */
  readonly file: string
  /** The test, as it is named. */
  readonly test: string
  /** Problems, without the API key; empty if there are none. */
  readonly problems: readonly string[]
  /** Why problems are right in this test. */
  readonly exception?: string
}

/** If CHECKED_TRAFFIC_DIR is set, writes a line there for each. Each process has its own file. */
export function noteChecked(checked: Checked): void {
  const folder = process.env.CHECKED_TRAFFIC_DIR
  if (folder === undefined || folder === '') return
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  appendFileSync(join(folder, `${process.pid}`), `${JSON.stringify(checked)}\n`, { mode: 0o600 })
}

export interface Summary {
  readonly requests: number
  readonly responses: number
  /** Each different one, with the test that it was found in. */
  readonly problems: readonly string[]
  /** The same for those that are meant. */
  readonly exceptions: readonly string[]
}

export function summarize(folder: string): Summary {
  const all = readdirSync(folder)
    .flatMap(name => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'))
    .map(line => JSON.parse(line) as Checked)
  const count = (what: Checked['what']) => all.filter(each => each.what === what).length
  const problems = new Set<string>()
  const exceptions = new Set<string>()
  for (const each of all) {
    for (const problem of each.problems) {
      const found = `${each.file}, ${each.test}: ${each.what}: ${problem}`
      if (each.exception === undefined) problems.add(found)
      else exceptions.add(`${found} (${each.exception})`)
    }
  }
  return {
    requests: count('request'),
    responses: count('response'),
    problems: [...problems],
    exceptions: [...exceptions],
  }
}
