/** Parses an expectation: the value of --expect, or a line of --expect-file. */

import type { Expectation } from '../../server/monitors/monitors.ts'
import { parseDuration } from '../../system/duration.ts'
import { checkMonitorKey } from '../../telemetry/monitor-key.ts'

export type ParsedExpectation =
  | { readonly ok: true; readonly expectation: Expectation }
  /** `problem` does not repeat the text. */
  | { readonly ok: false; readonly problem: string }

const EXPECTATION = /^(.*)=every[ \t]+(\S+)(?:[ \t]+in[ \t]+(\S.*))?$/s

/**
 * `nightly-backup=every 25h`, or `nightly-backup=every 25h in production` for one environment. A monitor key may contain
 * `=` but no white space, so that the last `=every ` ends it.
 */
export function parseExpectation(text: string): ParsedExpectation {
  const [, monitorKey, length, env] = EXPECTATION.exec(text.trim()) ?? []
  if (monitorKey === undefined || length === undefined) {
    return {
      ok: false,
      problem:
        "expected a monitor and how often, such as 'nightly-backup=every 25h' or 'nightly-backup=every 25h in production'",
    }
  }
  const wrongKey = checkMonitorKey(monitorKey)
  if (wrongKey !== undefined) return { ok: false, problem: `the monitor key ${wrongKey}` }
  const duration = parseDuration(length)
  if (!duration.ok) return duration
  if (duration.ms === 0) return { ok: false, problem: 'expected a duration of more than 0' }
  const rule = { schedule: { kind: 'every', everyMs: duration.ms } } as const
  return { ok: true, expectation: { monitorKey, rule, ...(env !== undefined && { env }) } }
}
