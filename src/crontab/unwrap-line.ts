/** Takes the wrapper away that `wrapLine` has put in front of a job's command. */

import type { CronDialect, JobLine } from './crontab-file.ts'
import { lineMonitor } from './line-monitor.ts'

export type UnwrapResult =
  /** `text` is the whole line, byte for byte as it was before. */
  | { readonly ok: true; readonly text: string; readonly key: string }
  | { readonly ok: false; readonly reason: 'not-wrapped' | 'other-form'; readonly message: string }

export function unwrapLine(job: JobLine, dialect: CronDialect): UnwrapResult {
  const monitor = lineMonitor(job, dialect)
  if (monitor.kind === 'wrapped') {
    const { key, command } = monitor
    return { ok: true, key, text: `${job.text.slice(0, job.commandStart)}${command}\n` }
  }
  if (monitor.kind === 'client') {
    const message = `the line has ${monitor.program}, but not in the form that wrap writes: change it by hand`
    return { ok: false, reason: 'other-form', message }
  }
  return { ok: false, reason: 'not-wrapped', message: 'the wrapper does not stand in front of the command' }
}
