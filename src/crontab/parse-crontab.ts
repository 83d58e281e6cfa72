/** Reads a crontab as the installed cron does, line by line. */

import type { CrontabFile, CrontabForm, CrontabLine } from './crontab-file.ts'
import { parseJob } from './parse-job.ts'
import { parseVariable } from './parse-variable.ts'

/** @param text one character a byte (latin1) */
export function parseCrontab(text: string, form: CrontabForm): CrontabFile {
  let variables: Readonly<Record<string, string>> = {}
  const lines: CrontabLine[] = []
  for (const lineText of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    const line = parseLine(lineText, lines.length + 1, form, variables)
    if (line.kind === 'variable') variables = { ...variables, [line.name]: line.value }
    lines.push(line)
  }
  return { ...form, lines }
}

/** The file's bytes, one character each. */
export function crontabText({ lines }: CrontabFile): string {
  return lines.map(({ text }) => text).join('')
}

function parseLine(
  text: string,
  number: number,
  form: CrontabForm,
  variables: Readonly<Record<string, string>>,
): CrontabLine {
  const line = text.replace(/\n$/, '')
  // cron only skips blanks and tabs here: a line with CR alone is no empty line.
  const start = /^[ \t]*/.exec(line)?.[0].length ?? 0
  if (start === line.length || line[start] === '#') return { text, number, kind: 'text' }
  if (line === text) return { text, number, kind: 'broken', problem: 'no line feed at the end of the file' }
  if (line.includes('\0')) {
    return { text, number, kind: 'broken', problem: 'a NUL byte, at which cron takes the line for two' }
  }
  const variable = parseVariable(line.slice(start), form.dialect)
  if (variable !== undefined) return { text, number, kind: 'variable', ...variable }
  const parsed = parseJob(line, start, form)
  return parsed.kind === 'job' ? { text, number, ...parsed, variables } : { text, number, ...parsed }
}
