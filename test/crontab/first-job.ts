import type { CronDialect, JobLine } from '../../src/crontab/crontab-file.ts'
import { parseCrontab } from '../../src/crontab/parse-crontab.ts'

/** The first job of a crontab. */
export function firstJob(text: string, dialect: CronDialect, hasUserColumn = false): JobLine {
  const { lines } = parseCrontab(text, { dialect, hasUserColumn })
  const job = lines.find(line => line.kind === 'job')
  if (job === undefined) throw new Error(`no job in ${JSON.stringify(text)}`)
  return job
}
