/** Prints how lines of crontabs change, and writes the crontabs. */

import { replacedLines, unifiedDiff } from '../../crontab/unified-diff.ts'
import type { Notices } from '../../report/notices/notices.ts'
import { defaultBackupDir } from '../../settings/default-folders.ts'
import { latin1, shownText } from './crontab-bytes.ts'
import type { CrontabChangeFlags } from './crontab-flags.ts'
import { type Crontab, whereIs } from './crontabs.ts'
import type { CrontabJob } from './jobs.ts'
import { printDiff } from './print-diff.ts'
import { type ReplaceResult, replaceFile } from './replace-file.ts'
import { replaceUserCrontab } from './replace-user-crontab.ts'

export interface LineChange {
  readonly job: CrontabJob
  /** The whole new line. */
  readonly text: string
}

export interface LinePlan {
  readonly changes: readonly LineChange[]
  /** Jobs that stay as they are, and why. */
  readonly left: readonly { readonly job: CrontabJob; readonly message: string }[]
}

export interface ChangedCrontab {
  readonly crontab: Crontab
  /** The new content. */
  readonly text: string
  readonly count: number
}

/** Prints the differences, and one line about each job that stays as it is. */
export async function showPlan(plan: LinePlan, notices: Notices): Promise<readonly ChangedCrontab[]> {
  const crontabs = new Set(plan.changes.map(({ job }) => job.crontab))
  const changed: ChangedCrontab[] = []
  for (const crontab of crontabs) {
    const texts = new Map(
      plan.changes
        .filter(({ job }) => job.crontab === crontab)
        .map(({ job, text }) => [job.line.number, text]),
    )
    const before = crontab.file.lines.map(({ text }) => text)
    const after = crontab.file.lines.map(({ text, number }) => texts.get(number) ?? text)
    await printDiff(unifiedDiff(latin1(crontab.name), replacedLines(before, after)))
    changed.push({ crontab, text: after.join(''), count: texts.size })
  }
  for (const { job, message } of plan.left) {
    notices.warnNow(
      `${shownText(whereIs(job.crontab, job.line.number))} stays as it is: ${shownText(message)}`,
    )
  }
  return changed
}

/** Writes the crontabs one after the other, also after a failure. Returns those that could not be written. */
export function applyChanges(
  changed: readonly ChangedCrontab[],
  { backupDir }: CrontabChangeFlags,
  notices: Notices,
): readonly Crontab[] {
  const failed: Crontab[] = []
  for (const { crontab, text, count } of changed) {
    const result = writeCrontab(crontab, text, backupDir)
    if (result.kind === 'failed') {
      notices.warnNow(`${crontab.name} ${result.problem}`)
      failed.push(crontab)
      continue
    }
    const lines = count === 1 ? 'a line' : `${count} lines`
    notices.warnNow(`${crontab.name}: ${lines} changed; the old content is in ${result.backup}`)
  }
  return failed
}

function writeCrontab(
  { place, text: before, owner }: Crontab,
  after: string,
  given: string | undefined,
): ReplaceResult {
  switch (place.kind) {
    case 'file':
      return replaceFile(place.path, {
        before,
        after,
        backup: given === undefined ? 'beside' : { folder: given },
      })
    case 'user': {
      const backupDir = given ?? defaultBackupDir(process.env, process.geteuid?.() ?? 0)
      return replaceUserCrontab(place.user, owner, { before, after }, backupDir)
    }
    default:
      return place satisfies never
  }
}
