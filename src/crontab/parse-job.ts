/** Lines with a schedule and a command, as both crons read them (`load_entry` in entry.c). */

import { isAcceptedField, TIME_FIELDS } from './accepted-field.ts'
import type { BrokenLine, CrontabForm, JobLine } from './crontab-file.ts'
import { DIALECT_LIMITS } from './dialect-limits.ts'

const NAMED_SCHEDULES: ReadonlySet<string> = new Set([
  '@reboot',
  '@yearly',
  '@annually',
  '@monthly',
  '@weekly',
  '@daily',
  '@midnight',
  '@hourly',
])

/** What stands on the line, without its number and text. */
export type ParsedJob =
  | Pick<JobLine, 'kind' | 'schedule' | 'user' | 'prefix' | 'commandStart' | 'command'>
  | Pick<BrokenLine, 'kind' | 'problem'>

/** @param line without line feed; `start` is the first character that is no blank */
export function parseJob(line: string, start: number, form: CrontabForm): ParsedJob {
  // Without this mark, crond of cronie logs each start of the job.
  const scheduleStart = form.dialect === 'cronie' && line[start] === '-' ? start + 1 : start
  const scheduleEnd =
    line[scheduleStart] === '@' ? endOfWord(line, scheduleStart) : endOfFields(line, scheduleStart)
  const schedule = line.slice(scheduleStart, scheduleEnd)
  const problem = scheduleProblem(schedule, form)
  if (problem !== undefined) return broken(problem)
  const next = skipBlanks(line, scheduleEnd)
  // Debian's cron takes the byte 0xff behind the fields for the end of the file.
  if (line[next] === '\xff' && form.dialect === 'debian' && !schedule.startsWith('@')) {
    return broken('the byte 0xff behind the schedule')
  }
  if (line[next] === '*') return broken('the command begins with "*": a field too many')
  if (!form.hasUserColumn) return parseCommand(line, next, next, schedule, undefined, form)

  const userEnd = endOfWord(line, next)
  const user = line.slice(next, userEnd)
  if (user === '') return broken('no user and no command')
  // Debian's cron would read on in the next line, and then not know the user.
  if (userEnd === line.length) return broken('no command behind the user, or no user in front of the command')
  return parseCommand(line, skipBlanks(line, userEnd), userEnd + 1, schedule, user, form)
}

/** @param readFrom where cron begins to store the command: blanks count for Debian's limit */
function parseCommand(
  line: string,
  start: number,
  readFrom: number,
  schedule: string,
  user: string | undefined,
  { dialect }: CrontabForm,
): ParsedJob {
  const isCronie = dialect === 'cronie'
  const prefix = isCronie ? (/^-n[ \t]+/.exec(line.slice(start))?.[0] ?? '') : ''
  const commandStart = start + prefix.length
  const command = line.slice(commandStart)
  if (isCronie && command === '') return broken('no command')
  if (isCronie && command.startsWith('-'))
    return broken(`bad option in front of the command: "${wordAt(command)}"`)
  const length = line.length - (isCronie ? commandStart : readFrom)
  if (length > DIALECT_LIMITS[dialect].command) {
    return broken(`the command has ${length} characters; cron reads ${DIALECT_LIMITS[dialect].command}`)
  }
  return { kind: 'job', schedule, ...(user !== undefined && { user }), prefix, commandStart, command }
}

function scheduleProblem(schedule: string, { dialect }: CrontabForm): string | undefined {
  if (schedule.startsWith('@')) {
    return NAMED_SCHEDULES.has(schedule) ? undefined : `bad time specifier "${schedule}"`
  }
  const fields = schedule === '' ? [] : schedule.split(/[ \t]+/)
  for (const [index, field] of TIME_FIELDS.entries()) {
    const text = fields[index]
    if (text === undefined) return `no ${field.name}`
    if (!isAcceptedField(text, field, dialect)) return `bad ${field.name} "${text}"`
  }
  return undefined
}

/** The end of the fifth word, or of the last one. */
function endOfFields(line: string, start: number): number {
  const [fields = ''] = /^(?:[^ \t]+[ \t]+){0,4}[^ \t]*/.exec(line.slice(start)) ?? []
  return start + fields.replace(/[ \t]+$/, '').length
}

function endOfWord(line: string, start: number): number {
  return start + wordAt(line.slice(start)).length
}

function wordAt(text: string): string {
  return /^[^ \t]*/.exec(text)?.[0] ?? ''
}

function skipBlanks(line: string, start: number): number {
  return start + (/^[ \t]*/.exec(line.slice(start))?.[0].length ?? 0)
}

function broken(problem: string): ParsedJob {
  return { kind: 'broken', problem }
}
