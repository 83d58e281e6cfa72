/** What becomes of the events of a line that is monitored. */

import { cronSplit } from '../../crontab/cron-split.ts'
import type { CronDialect, JobLine } from '../../crontab/crontab-file.ts'
import { lineMonitor } from '../../crontab/line-monitor.ts'

export type Reporting =
  | {
      readonly kind: 'run'
      /** As it is written in the crontab. */
      readonly command: string
      /** Command lines in which to look for programs. The wrapper's own is one of them. */
      readonly commandLines: readonly string[]
      /** Undefined if nothing is reported. */
      readonly remark: string | undefined
    }
  | { readonly kind: 'problem'; readonly problem: string }

/** @param isReported false: the command must run without its wrapper */
export function reportingOf(line: JobLine, dialect: CronDialect, isReported: boolean): Reporting {
  const { command } = line
  const monitor = lineMonitor(line, dialect)
  const commandLines = [cronSplit(command, dialect).shellCommand]
  const reports = (to: string): Reporting => {
    if (isReported) return { kind: 'run', command, commandLines, remark: `this run is reported${to}` }
    const problem = 'only the form that cronitor crontab wrap writes can be run without its reports'
    return { kind: 'problem', problem }
  }
  switch (monitor.kind) {
    case 'wrapped': {
      const inside = cronSplit(monitor.command, dialect).shellCommand
      if (!isReported) {
        return { kind: 'run', command: monitor.command, commandLines: [inside], remark: undefined }
      }
      const remark = `this run is reported as ${monitor.key}; --no-report runs the command without cronitor-exec`
      return { kind: 'run', command, commandLines: [...commandLines, inside], remark }
    }
    case 'client':
      return reports(monitor.key === undefined ? '' : ` as ${monitor.key}`)
    case 'request':
      return reports('')
    case 'other-service':
      return reports(` to ${monitor.name}`)
    case 'none':
      return { kind: 'run', command, commandLines, remark: undefined }
    default:
      return monitor satisfies never
  }
}
