/** Crontabs as they are and wrapped, with times at which a simulated cron soon starts each job. */

import type { CrontabFile, JobLine } from '../../src/crontab/crontab-file.ts'
import { parseCrontab } from '../../src/crontab/parse-crontab.ts'
import type { Tab } from './simulated-cron.ts'

/** A crontab before and after it was wrapped. */
export interface WrappedFile {
  readonly tab: Tab
  /** latin1 */
  readonly wrapped: string
}

export interface Pair {
  readonly file: string
  readonly line: number
  /** The command as it stands in the crontab, and as it stands in the wrapped one. */
  readonly bare: string
  readonly wrapped: string
}

export interface Pairs {
  readonly bare: readonly Tab[]
  readonly wrapped: readonly Tab[]
  readonly pairs: readonly Pair[]
  /** All jobs are due within so many minutes. */
  readonly minutes: number
}

/** As many jobs as two processors run at once without a long wait. */
const JOBS_AT_ONCE = 8

/** `takes` chooses jobs; the lines of others are left out. All crontabs are Debian's. */
export function pairUp(files: readonly WrappedFile[], takes: (job: JobLine) => boolean): Pairs {
  const pairs: Pair[] = []
  const bare: Tab[] = []
  const wrapped: Tab[] = []
  for (const file of files) {
    const [before, after] = [file.tab.text, file.wrapped].map(text => parse(text, file.tab.hasUserColumn))
    const texts: [string[], string[]] = [[], []]
    before?.lines.forEach((line, index) => {
      const other = after?.lines[index]
      if (line.kind !== 'job' || other?.kind !== 'job') {
        texts[0].push(line.text)
        texts[1].push(other?.text ?? '')
      } else if (takes(line)) {
        const minute = Math.floor(pairs.length / JOBS_AT_ONCE)
        texts[0].push(dueAt(line, minute))
        texts[1].push(dueAt(other, minute))
        const names = { file: file.tab.name, line: line.number }
        pairs.push({ ...names, bare: commandOf(line), wrapped: commandOf(other) })
      }
    })
    bare.push({ ...file.tab, text: texts[0].join('') })
    wrapped.push({ ...file.tab, text: texts[1].join('') })
  }
  return { bare, wrapped, pairs, minutes: Math.ceil(pairs.length / JOBS_AT_ONCE) }
}

function parse(text: string, hasUserColumn: boolean): CrontabFile {
  return parseCrontab(text, { dialect: 'debian', hasUserColumn })
}

/** What cron stores as the command: with a user column, also white space in front of it, except one character. */
function commandOf({ text, user, commandStart }: JobLine): string {
  const line = text.replace(/\n$/, '')
  if (user === undefined) return line.slice(commandStart)
  const blanks = /[ \t]*$/.exec(line.slice(0, commandStart))?.[0].length ?? 1
  return line.slice(commandStart - blanks + 1)
}

function dueAt({ text, schedule }: JobLine, minute: number): string {
  return text.replace(schedule, () => `${minute % 60} ${Math.floor(minute / 60)} * * *`)
}
