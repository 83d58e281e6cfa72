/** Tells if cron reads a file at all. */

import type { CrontabFile, CrontabForm } from '../crontab-file.ts'
import type { CheckFacts, Finding } from '../finding.ts'

/** MAX_TAB_LINES of Debian's cron 3.0pl1-162. */
const MAX_LINES = 10_000
/** Of cronie 1.7.2: MAX_USER_ENVS, MAX_USER_ENTRIES and MAX_GARBAGE (characters of comments and empty lines in a row). */
const MAX_VARIABLES = 1000
const MAX_JOBS = 10_000
const MAX_TEXT = 32_768

/** Why cron ignores the whole file, as a sentence without a full stop; undefined if it reads the file. */
export function whyFileIsIgnored(file: CrontabFile, facts: CheckFacts = {}): string | undefined {
  const [finding] = checkFile(file, facts)
  if (finding !== undefined) return finding.message
  if (file.dialect === 'cronie') return undefined
  const broken = file.lines.find(line => line.kind === 'broken')
  if (broken?.kind === 'broken') {
    return `Debian's cron ignores the whole file because of line ${broken.number}: ${broken.problem}`
  }
  const unknown = file.lines.find(line => line.kind === 'job' && isUnknown(line.user, facts))
  return unknown === undefined
    ? undefined
    : `Debian's cron ignores the whole file because of line ${unknown.number}: the user does not exist`
}

export function isUnknown(user: string | undefined, { isUnknownUser }: CheckFacts): boolean {
  return user !== undefined && isUnknownUser?.(user) === true
}

/** Without what single lines do to the file. */
export function checkFile(file: CrontabFile, { nameInCronD }: CheckFacts): readonly Finding[] {
  const problem =
    nameInCronD !== undefined && !isReadFromCronD(nameInCronD, file)
      ? `cron does not read a file with the name "${nameInCronD}"${file.dialect === 'debian' ? ': only letters, digits, "_" and "-" are allowed' : ''}`
      : file.dialect === 'debian'
        ? tooManyLines(file)
        : tooMuchForCronie(file)
  return problem === undefined ? [] : [{ kind: 'file-ignored', level: 'error', message: problem }]
}

/** Debian's cron takes names as run-parts(8) does, cronie all but those of editors, hidden files and rpm. */
export function isReadFromCronD(name: string, { dialect }: Pick<CrontabForm, 'dialect'>): boolean {
  return dialect === 'debian' ? /^[A-Za-z0-9_-]+$/.test(name) : !/^[.#]|~$|\.rpm(?:save|orig|new)$/.test(name)
}

function tooManyLines({ lines }: CrontabFile): string | undefined {
  return lines.length > MAX_LINES
    ? `Debian's cron ignores the file: it has ${lines.length} lines, and ${MAX_LINES} are allowed`
    : undefined
}

function tooMuchForCronie({ lines, hasUserColumn }: CrontabFile): string | undefined {
  // System crontabs have no such limits.
  if (hasUserColumn) return undefined
  if (lines.filter(({ kind }) => kind === 'variable').length > MAX_VARIABLES) {
    return `cronie ignores the file: it has more than ${MAX_VARIABLES} variables`
  }
  if (lines.filter(({ kind }) => kind === 'job' || kind === 'broken').length > MAX_JOBS) {
    return `cronie ignores the file: it has more than ${MAX_JOBS} jobs`
  }
  let length = 0
  for (const { kind, text } of lines) {
    length = kind === 'text' ? length + text.length : 0
    if (length > MAX_TEXT)
      return `cronie ignores the file: it has more than ${MAX_TEXT} characters of comments in a row`
  }
  return undefined
}
