/** Differences between crontabs and the file of expectations of their jobs. */

import { DEFAULT_GRACE_MS } from '../../settings/defaults.ts'
import { printable } from '../../system/printable.ts'
import { parseExpectFile } from '../serve/expect-file.ts'
import type { CrontabFinding } from './crontab-finding.ts'
import type { Crontab } from './crontabs.ts'
import type { CrontabJob } from './jobs.ts'
import { type ExpectationChange, mergeExpectations } from './merge-expectations.ts'
import { originOf, wantedExpectations } from './wanted-expectations.ts'

/** @param text the content of the file at `path` */
export function expectationFindings(
  crontabs: readonly Crontab[],
  jobs: readonly CrontabJob[],
  path: string,
  text: string,
): CrontabFinding[] {
  const { expectations } = wantedExpectations(jobs, DEFAULT_GRACE_MS)
  const origins = new Set(crontabs.map(crontab => originOf(crontab)))
  const { changes } = mergeExpectations(text, expectations, { origins, hasGrace: false })
  const refusal = whyRefused(text)
  return [
    ...(refusal === undefined
      ? []
      : [{ severity: 'drift', kind: 'expectation-refused', source: path, message: refusal } as const]),
    ...changes.map(change => ({
      severity: 'drift' as const,
      kind: `expectation-${change.kind}`,
      source: path,
      monitor: change.monitorKey,
      message: `${messageOf(change)}: cronitor crontab wrap --expectations changes that`,
    })),
  ]
}

/** Why `cronitor serve` does not take the whole file; undefined if it does. */
export function whyRefused(text: string): string | undefined {
  const parsed = parseExpectFile(text)
  return parsed.ok ? undefined : `cronitor serve refuses the file: ${parsed.problem}`
}

function messageOf({ kind, monitorKey, env, origin }: ExpectationChange): string {
  const monitor = printable(env === undefined ? monitorKey : `${monitorKey}@${env}`)
  switch (kind) {
    case 'missing':
      return `the times of ${monitor} are not expected`
    case 'differs':
      return `other times of ${monitor} are expected than those of the crontab`
    case 'surplus':
      return `${monitor} is expected, but ${origin} has no such job`
    default:
      return kind satisfies never
  }
}
