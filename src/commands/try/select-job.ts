/** Finds the job on the line that `cronitor try` is to run. */

import { describeBroken } from '../../crontab/checks/describe-broken.ts'
import type { CrontabFile, JobLine } from '../../crontab/crontab-file.ts'
import type { TryTarget } from './read-target.ts'

export type SelectedJob =
  | { readonly kind: 'job'; readonly line: JobLine }
  | { readonly kind: 'none'; readonly problem: string }

export function selectJob(file: CrontabFile, { line: number, title }: TryTarget): SelectedJob {
  const line = file.lines[number - 1]
  const none = (problem: string): SelectedJob => ({ kind: 'none', problem: `${title} ${problem}` })
  if (line === undefined) return none(`does not exist: there are ${file.lines.length}`)
  switch (line.kind) {
    case 'job':
      return { kind: 'job', line }
    case 'variable':
      return none(`is no job: it sets the variable ${line.name}`)
    case 'text':
      return none('is no job: it is empty or a comment')
    case 'broken':
      return none(`is not run: ${describeBroken(line, file).message}`)
    default:
      return line satisfies never
  }
}
